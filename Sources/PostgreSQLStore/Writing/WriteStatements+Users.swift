extension WriteStatements {
  static let ofUsers = [
    addUser, changeUser, deleteUser, reserveUsers, putSignIn, dropSignIns, dropOldSignIns,
  ]

  private static let otherUser =
    "another user of this number, name or e-mail address, or another revision of him, is there"

  static let addUser = Statement(
    "add_user",
    """
    WITH put AS (
      INSERT INTO users (id, name, email, revision, document) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT DO NOTHING RETURNING 1)
    SELECT refuse('\(Refusal.conflict)', '\(otherUser)')
    WHERE NOT EXISTS (SELECT 1 FROM put) AND NOT EXISTS (
      SELECT 1 FROM users
      WHERE (id, name, revision, document) = ($1, $2, $4, $5) AND email IS NOT DISTINCT FROM $3)
    """)
  /// Twice the same is once: so it changes as well what it has changed before. A name or an address that another one has is a violation of
  /// what is unique.
  static let changeUser = Statement(
    "change_user",
    """
    WITH put AS (
      UPDATE users SET name = $2, email = $3, revision = $4, document = $5
      WHERE id = $1 AND (revision = $4::bigint - 1 OR revision = $4 AND document = $5) RETURNING 1)
    SELECT refuse('\(Refusal.conflict)', '\(otherUser)')
    WHERE NOT EXISTS (SELECT 1 FROM put)
    """)
  static let deleteUser = Statement("delete_user", "DELETE FROM users WHERE id = $1")
  static let reserveUsers = Statement(
    "reserve_users", "UPDATE access SET last_user = $1 WHERE only_row AND last_user < $1")

  static let putSignIn = Statement(
    "put_sign_in",
    """
    WITH put AS (
      INSERT INTO sign_ins (id, user_id, expires_at, document)
      SELECT $1::text, id, $3::bigint, $4::bytea FROM users WHERE id = $2
      ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, document = excluded.document
      WHERE sign_ins.user_id = excluded.user_id RETURNING 1)
    SELECT refuse('\(Refusal.conflict)', 'the user of the sign-in is not there')
    WHERE NOT EXISTS (SELECT 1 FROM put)
    """)
  static let dropSignIns = Statement("drop_sign_ins", "DELETE FROM sign_ins WHERE id = ANY ($1::text[])")
  static let dropOldSignIns = Statement("drop_old_sign_ins", "DELETE FROM sign_ins WHERE expires_at <= $1")
}
