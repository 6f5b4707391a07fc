/// What a reader asks.
enum ReadStatements {
  static let all =
    [
      session, sessionsOfOwner, messages, images, imageDigests, generation, lastGeneration, checkpoints,
      parts,
      runningGenerations,
      request, sessionsOfAll, sessionsByUpdate, sessionsOfAddresses, sessionsByKey, generationsOfSession,
      requests, secrets,
    ] + ofAccess

  /// In the order in which ``QueryResult/session(_:_:)`` reads them.
  private static func sessionColumns(_ table: String) -> String {
    [
      "key", "owner", "title", "title_number", "created_at", "updated_at", "message_count", "last_number",
      "last_author",
    ].map { "\(table).\($0)" }.joined(separator: ", ")
  }

  /// In the order in which ``QueryResult/message(_:_:)`` reads them.
  private static func messageColumns(_ table: String) -> String {
    [
      "place", "number", "role", "author", "content", "thinking", "created_at", "state", "images",
      "prompt_tokens",
      "completion_tokens", "time_to_first_token", "duration",
    ].map { "\(table).\($0)" }.joined(separator: ", ")
  }

  /// In the order in which ``QueryResult/generation(_:)`` reads them.
  private static let generationColumns = """
    id, session_key, author, model, message_place, message_number, started_at, state, ended_at, last_number, done_reason,
      failure_code, failure_message, answer_place
    """

  // MARK: Sessions

  /// Of the keys `$1` the first that there is; at most `$2` messages with `$3` bytes of texts, and two in any case.
  static let session = Statement(
    "session",
    """
    WITH found AS (
      SELECT s.* FROM unnest($1::text[]) WITH ORDINALITY AS wanted (key, rank) JOIN sessions s ON s.key = wanted.key
      ORDER BY wanted.rank LIMIT 1)
    SELECT \(sessionColumns("found")), \(messageColumns("m"))
    FROM found LEFT JOIN LATERAL (
      SELECT * FROM (
        SELECT latest.*, sum(text_bytes) OVER back AS bytes_so_far, row_number() OVER back AS messages_so_far
        FROM (SELECT * FROM messages WHERE session_key = found.key ORDER BY place DESC LIMIT greatest($2::bigint, 2)) latest
        WINDOW back AS (ORDER BY place DESC ROWS UNBOUNDED PRECEDING)) counted
      WHERE bytes_so_far <= $3::bigint OR messages_so_far <= 2) m ON true
    ORDER BY m.place
    """)
  /// `$2` are skipped, and at most `$3` returned. The places are counted in the index alone, from the end that is nearer: of its two
  /// halves one is not even begun.
  static let sessionsOfOwner = Statement(
    "sessions_of_owner",
    """
    WITH part AS (
      SELECT total, length, total - $2::bigint - length AS rest FROM (
        SELECT sessions AS total, greatest(0, least($3::bigint, sessions - $2::bigint)) AS length
        FROM owners WHERE owner = $1) o)
    SELECT part.total, \(sessionColumns("s"))
    FROM part LEFT JOIN LATERAL (
      SELECT whole.* FROM (
        (SELECT key FROM sessions WHERE owner = $1 AND $2::bigint <= part.rest
          ORDER BY updated_at DESC, key OFFSET $2::bigint LIMIT part.length)
        UNION ALL
        (SELECT key FROM sessions WHERE owner = $1 AND $2::bigint > part.rest
          ORDER BY updated_at, key DESC OFFSET greatest(0, part.rest) LIMIT part.length)) listed
      JOIN sessions whole ON whole.key = listed.key) s ON true
    ORDER BY s.updated_at DESC, s.key
    """)
  /// Of all owners: `$1` are skipped, and at most `$2` returned.
  static let sessionsOfAll = Statement(
    "sessions_of_all",
    """
    SELECT \(sessionColumns("s"))
    FROM (SELECT key FROM sessions ORDER BY updated_at DESC, key DESC OFFSET $1::bigint LIMIT $2::bigint) listed
    JOIN sessions s ON s.key = listed.key ORDER BY s.updated_at DESC, s.key DESC
    """)
  static let sessionsByUpdate = Statement(
    "sessions_by_update",
    "SELECT \(sessionColumns("s")) FROM sessions s WHERE updated_at < $1 ORDER BY updated_at, key LIMIT $2::bigint"
  )
  static let sessionsOfAddresses = Statement(
    "sessions_of_addresses",
    """
    SELECT \(sessionColumns("s")) FROM sessions s WHERE \(Schema.isAddress) AND updated_at < $1
    ORDER BY updated_at, key LIMIT $2::bigint
    """)
  /// From behind `$1` on, before which nothing is where it is empty.
  static let sessionsByKey = Statement(
    "sessions_by_key",
    "SELECT \(sessionColumns("s")) FROM sessions s WHERE key > $1 ORDER BY key LIMIT $2::bigint")

  // MARK: Messages and images

  static let messages = Statement(
    "messages",
    """
    SELECT \(messageColumns("counted")) FROM (
      SELECT part.*, sum(text_bytes) OVER forth AS bytes_so_far, row_number() OVER forth AS messages_so_far
      FROM (
        SELECT * FROM messages WHERE session_key = $1 AND place >= $2 ORDER BY place LIMIT $3::bigint) part
      WINDOW forth AS (ORDER BY place ROWS UNBOUNDED PRECEDING)) counted
    WHERE bytes_so_far <= $4::bigint OR messages_so_far = 1 ORDER BY place
    """)
  static let images = Statement(
    "images",
    "SELECT digest, media_type, bytes FROM images WHERE session_key = $1 AND digest = ANY ($2::bytea[])")
  static let imageDigests = Statement(
    "image_digests", "SELECT digest FROM images WHERE session_key = $1 ORDER BY digest")

  // MARK: Generations and requests

  static let generation = Statement(
    "generation", "SELECT \(generationColumns) FROM generations WHERE id = $1")
  static let lastGeneration = Statement(
    "last_generation",
    """
    SELECT \(generationColumns) FROM generations WHERE session_key = $1
    ORDER BY ordinal DESC LIMIT 1
    """)
  static let runningGenerations = Statement(
    "running_generations",
    "SELECT \(generationColumns) FROM generations WHERE state = 0 ORDER BY started_at, id LIMIT $1::bigint")
  /// All of them, if one of these generations runs.
  static let checkpoints = Statement(
    "checkpoints",
    """
    SELECT texts FROM checkpoints WHERE EXISTS (SELECT 1 FROM generations WHERE id = ANY ($1::text[]) AND state = 0)
    ORDER BY epoch, n
    """)
  /// One row for a generation without any.
  static let parts = Statement(
    "parts",
    """
    SELECT g.id, g.state, p.n, p.text, p.lengths
    FROM generations g LEFT JOIN generation_parts p ON p.generation_id = g.id WHERE g.id = ANY ($1::text[])
    """)
  static let request = Statement(
    "request",
    "SELECT generation_id, digest, expires_at FROM idempotency WHERE owner = $1 AND key = $2 AND expires_at > $3"
  )

  // MARK: Everything

  static let generationsOfSession = Statement(
    "generations_of_session",
    """
    SELECT \(generationColumns) FROM generations WHERE session_key = $1
    ORDER BY ordinal OFFSET $2::bigint LIMIT $3::bigint
    """)
  static let requests = Statement(
    "requests",
    """
    SELECT owner, key, generation_id, digest, expires_at FROM idempotency
    ORDER BY owner, key OFFSET $1::bigint LIMIT $2::bigint
    """)
  static let secrets = Statement("secrets", "SELECT name, value FROM secrets ORDER BY name")
}
