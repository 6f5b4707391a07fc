extension WriteStatements {
  static let ofAdoptions = [redirectAdoptions, dropRedirectedAdoptions, putAdoption, dropAdoption]

  static let redirectAdoptions = Statement(
    "redirect_adoptions",
    """
    INSERT INTO adoptions (other, owner) SELECT other, $2::text FROM adoptions WHERE owner = $1 AND other <> $2 ORDER BY n
    ON CONFLICT DO NOTHING
    """)
  static let dropRedirectedAdoptions = Statement(
    "drop_redirected_adoptions", "DELETE FROM adoptions WHERE owner = $1")
  /// Whoever carries it out now knows by the number that it was given again.
  static let putAdoption = Statement(
    "put_adoption",
    """
    INSERT INTO adoptions (other, owner) VALUES ($1, $2)
    ON CONFLICT (other, owner) DO UPDATE SET n = DEFAULT
    """)
  static let dropAdoption = Statement("drop_adoption", "DELETE FROM adoptions WHERE n = $1")
}
