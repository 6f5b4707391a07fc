extension WriteStatements {
  static let ofAdoptions = [redirectAdoptions, dropAdoptionsTo, putAdoption, dropAdoption]

  static let redirectAdoptions = Statement(
    "redirect_adoptions",
    """
    INSERT INTO adoptions (other, owner, ordered_at) SELECT other, $2::text, ordered_at FROM adoptions WHERE owner = $1 AND other <> $2 ORDER BY n
    ON CONFLICT DO NOTHING
    """)
  static let dropAdoptionsTo = Statement(
    "drop_adoptions_to", "DELETE FROM adoptions WHERE owner = $1")
  /// Whoever carries it out now knows by the number that it was given again.
  static let putAdoption = Statement(
    "put_adoption",
    """
    INSERT INTO adoptions (other, owner, ordered_at) VALUES ($1, $2, $3)
    ON CONFLICT (other, owner) DO UPDATE SET n = DEFAULT, ordered_at = EXCLUDED.ordered_at
    """)
  static let dropAdoption = Statement("drop_adoption", "DELETE FROM adoptions WHERE n = $1")
}
