extension Query {
  /// Of orders by which sessions change hands.
  var adoptionsSQL: String {
    switch self {
    // They keep their numbers, and so their order. What is left is what stood there already, or would give somebody his own.
    case .redirectAdoptions:
      "UPDATE OR IGNORE adoptions SET owner = ?2 WHERE owner = ?1 AND other <> ?2"
    case .dropAdoptionsTo: "DELETE FROM adoptions WHERE owner = ?1"
    case .putAdoption:
      "INSERT INTO adoptions (other, owner, ordered_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
    case .dropAdoption: "DELETE FROM adoptions WHERE n = ?1 AND owner = ?2"
    case .adoptions: "SELECT n, other, owner, ordered_at FROM adoptions WHERE n > 0 ORDER BY n LIMIT ?1"
    // A semicolon is what follows the colon.
    case .keyOwners:
      "SELECT owner FROM owners WHERE owner > max(?1, 'key:') AND owner < 'key;' ORDER BY owner LIMIT ?2"
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }
}
