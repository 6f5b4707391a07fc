extension WriteStatements {
  static let ofAdoptions = [redirectAdoptions, dropAdoptionsTo, putAdoption, dropAdoption]

  /// They keep their numbers, and so their order. What is left is what stood there already, or would give somebody his own.
  static let redirectAdoptions = Statement(
    "redirect_adoptions",
    """
    UPDATE adoptions AS a SET owner = $2 WHERE owner = $1 AND other <> $2
      AND NOT EXISTS (SELECT FROM adoptions b WHERE b.other = a.other AND b.owner = $2 AND b.ordered_at = a.ordered_at)
    """)
  static let dropAdoptionsTo = Statement(
    "drop_adoptions_to", "DELETE FROM adoptions WHERE owner = $1")
  static let putAdoption = Statement(
    "put_adoption",
    "INSERT INTO adoptions (other, owner, ordered_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
  static let dropAdoption = Statement(
    "drop_adoption", "DELETE FROM adoptions WHERE n = $1 AND owner = $2")
}
