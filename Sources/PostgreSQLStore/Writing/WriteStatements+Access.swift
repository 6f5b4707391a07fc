internal import Sessions

extension WriteStatements {
  static let ofAccess = [
    giveSession, copySession, moveMessages, moveImages, moveGenerations, addKey, changeKey, deleteKey,
    addTeam,
    changeTeam, deleteTeam, closeAccess, countAccessChange,
  ]

  // MARK: Sessions that change hands

  static let giveSession = Statement(
    "give_session",
    """
    WITH given AS (
      UPDATE sessions SET owner = $2, epoch = (SELECT epoch FROM store WHERE only_row) WHERE key = $1 RETURNING 1)
    SELECT refuse('\(Refusal.sessionIsGone)', 'no session') WHERE NOT EXISTS (SELECT 1 FROM given)
    """)
  /// The session `$1` under the key `$2`, for the owner `$3`. Where it is there and the old one is not, it was given before.
  static let copySession = Statement(
    "copy_session",
    """
    WITH copied AS (
      INSERT INTO sessions (key, owner, title, title_number, created_at, updated_at, message_count, last_number, last_author,
        epoch)
      SELECT $2::text, $3::text, title, title_number, created_at, updated_at, message_count, last_number, last_author,
        (SELECT epoch FROM store WHERE only_row)
      FROM sessions WHERE key = $1
      ON CONFLICT (key) DO NOTHING RETURNING 1),
    there AS (
      SELECT EXISTS (SELECT 1 FROM sessions WHERE key = $1) AS old, EXISTS (SELECT 1 FROM sessions WHERE key = $2) AS new)
    SELECT refuse(CASE WHEN old THEN '\(Refusal.conflict)' ELSE '\(Refusal.sessionIsGone)' END, 'session ' || $2)
    FROM there WHERE NOT EXISTS (SELECT 1 FROM copied) AND (old OR NOT new)
    """)
  static let moveMessages = Statement(
    "move_messages", "UPDATE messages SET session_key = $2 WHERE session_key = $1")
  static let moveImages = Statement(
    "move_images", "UPDATE images SET session_key = $2 WHERE session_key = $1")
  static let moveGenerations = Statement(
    "move_generations", "UPDATE generations SET session_key = $2 WHERE session_key = $1")

  // MARK: Keys and teams

  static let addKey = Statement(
    "add_key",
    """
    WITH put AS (
      INSERT INTO api_keys (id, name, hash, revision, document) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT DO NOTHING RETURNING 1)
    SELECT refuse('\(Refusal.conflict)', 'another key, or another revision of it, is there')
    WHERE NOT EXISTS (SELECT 1 FROM put) AND NOT EXISTS (
      SELECT 1 FROM api_keys WHERE (id, name, hash, revision, document) = ($1, $2, $3, $4, $5))
    """)
  /// Twice the same is once: so it changes as well what it has changed before.
  static let changeKey = Statement(
    "change_key",
    """
    WITH put AS (
      UPDATE api_keys SET name = $2, hash = $3, revision = $4, document = $5
      WHERE id = $1 AND (revision = $4::bigint - 1 OR revision = $4 AND document = $5) RETURNING 1)
    SELECT refuse('\(Refusal.conflict)', 'another key, or another revision of it, is there')
    WHERE NOT EXISTS (SELECT 1 FROM put)
    """)
  static let deleteKey = Statement("delete_key", "DELETE FROM api_keys WHERE id = $1")
  static let addTeam = Statement(
    "add_team",
    """
    WITH put AS (
      INSERT INTO teams (name, revision, document) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT refuse('\(Refusal.conflict)', 'another team of this name, or another revision of it, is there')
    WHERE NOT EXISTS (SELECT 1 FROM put) AND NOT EXISTS (
      SELECT 1 FROM teams WHERE (name, revision, document) = ($1, $2, $3))
    """)
  static let changeTeam = Statement(
    "change_team",
    """
    WITH put AS (
      UPDATE teams SET revision = $2, document = $3
      WHERE name = $1 AND (revision = $2::bigint - 1 OR revision = $2 AND document = $3) RETURNING 1)
    SELECT refuse('\(Refusal.conflict)', 'another team of this name, or another revision of it, is there')
    WHERE NOT EXISTS (SELECT 1 FROM put)
    """)
  static let deleteTeam = Statement("delete_team", "DELETE FROM teams WHERE name = $1")
  static let closeAccess = Statement(
    "close_access", "UPDATE access SET closed_at = $1 WHERE only_row AND closed_at IS NULL")
  static let countAccessChange = Statement(
    "count_access_change", "UPDATE access SET revision = revision + 1 WHERE only_row")
}
