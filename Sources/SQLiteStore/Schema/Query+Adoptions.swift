extension Query {
  /// Of orders by which sessions change hands.
  var adoptionsSQL: String {
    switch self {
    case .redirectAdoptions:
      """
      INSERT INTO adoptions (other, owner, ordered_at) SELECT other, ?2, ordered_at FROM adoptions WHERE owner = ?1 AND other <> ?2 ORDER BY n
      ON CONFLICT DO NOTHING
      """
    case .dropAdoptionsTo: "DELETE FROM adoptions WHERE owner = ?1"
    // Whoever carries it out now knows by the number that it was given again.
    case .putAdoption:
      """
      INSERT INTO adoptions (other, owner, ordered_at) VALUES (?1, ?2, ?3)
      ON CONFLICT (other, owner) DO UPDATE SET n = (SELECT max(n) + 1 FROM adoptions), ordered_at = ?3
      """
    case .dropAdoption: "DELETE FROM adoptions WHERE n = ?1"
    case .adoptions: "SELECT n, other, owner, ordered_at FROM adoptions WHERE n > 0 ORDER BY n LIMIT ?1"
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }
}
