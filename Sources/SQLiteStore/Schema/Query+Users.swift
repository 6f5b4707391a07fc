extension Query {
  /// Of users and their sign-ins.
  var usersSQL: String {
    switch self {
    case .addUser:
      """
      INSERT INTO users (id, name, email, revision, document) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
      """
    // Twice the same is once: so this one changes as well what it has changed before.
    case .changeUser:
      """
      UPDATE OR IGNORE users SET name = ?2, email = ?3, revision = ?4, document = ?5
      WHERE id = ?1 AND (revision = ?4 - 1 OR revision = ?4 AND document = ?5)
      """
    case .deleteUser: "DELETE FROM users WHERE id = ?1"
    case .reserveUsers: "UPDATE access SET last_user = ?1 WHERE place = 1 AND last_user < ?1"
    case .putSignIn:
      """
      INSERT INTO sign_ins (id, user_id, expires_at, document)
      SELECT ?1, id, ?3, ?4 FROM users WHERE id = ?2
      ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, document = excluded.document
        WHERE user_id = excluded.user_id
      """
    case .dropSignIn: "DELETE FROM sign_ins WHERE id = ?1"
    case .dropOldSignIns: "DELETE FROM sign_ins WHERE expires_at <= ?1"
    case .users: "SELECT id, name, email, revision, document FROM users WHERE id > 0 ORDER BY id LIMIT ?1"
    case .user: "SELECT id, name, email, revision, document FROM users WHERE id = ?1"
    case .signIns:
      "SELECT id, user_id, expires_at, document FROM sign_ins WHERE id >= '' ORDER BY id LIMIT ?1"
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }
}
