// What many turns write at once. No two rows are of the same session or the same generation.
extension WriteStatements {
  static let ofTurns = [beginTurns.statement, endTurns.statement]

  static let sessionColumns: [RowStatement.Column] = [
    ("key", .text), ("owner", .text), ("title", .text), ("title_number", .bigint), ("created_at", .bigint),
    ("updated_at", .bigint), ("message_count", .bigint), ("last_number", .bigint), ("last_author", .text),
  ]
  /// Without the session's.
  static let messageColumns: [RowStatement.Column] = [
    ("place", .bigint), ("number", .bigint), ("role", .bigint), ("author", .text), ("content", .text),
    ("thinking", .text),
    ("created_at", .bigint), ("state", .bigint), ("images", .bytea), ("prompt_tokens", .bigint),
    ("completion_tokens", .bigint),
    ("time_to_first_token", .bigint), ("duration", .bigint), ("text_bytes", .bigint),
  ]
  static let endColumns: [RowStatement.Column] = [
    ("state", .bigint), ("ended_at", .bigint), ("last_number", .bigint), ("done_reason", .text),
    ("failure_code", .text),
    ("failure_message", .text), ("answer_place", .bigint),
  ]
  /// Without the session's.
  static let generationColumns: [RowStatement.Column] =
    [
      ("id", .text), ("author", .text), ("model", .text), ("message_place", .bigint),
      ("message_number", .bigint),
      ("started_at", .bigint),
    ] + endColumns

  private static func prefixed(_ prefix: String, _ columns: [RowStatement.Column]) -> [RowStatement.Column] {
    columns.map { ("\(prefix)_\($0.name)", $0.type) }
  }

  private static func list(_ columns: [RowStatement.Column]) -> String {
    columns.map(\.name).joined(separator: ", ")
  }

  private static let session = prefixed("session", sessionColumns)
  private static let message = prefixed("message", messageColumns)
  private static let epoch = "(SELECT epoch FROM store WHERE only_row)"

  private static let puttingMessages = """
    put AS (
      INSERT INTO messages AS m (session_key, \(list(messageColumns))) SELECT session_key, \(list(message)) FROM part
      \(onMessageConflict) RETURNING \(messageBytes)),
    summed AS (SELECT sum(bytes)::bigint AS bytes FROM put),
    counted AS (UPDATE counters SET value = value + summed.bytes FROM summed WHERE name = 'stored_bytes')
    """
  private static let checkingMessages = """
    SELECT refuse('\(Refusal.conflict)', 'another message is in its place')
    WHERE (SELECT count(*) FROM put) < (SELECT count(*) FROM part)
    """

  /// Puts a session, a message and a generation.
  static let beginTurns: RowStatement = {
    let generation = prefixed("generation", generationColumns)
    return RowStatement(
      "begin_turns", session + message + generation,
      """
      begun AS (
        INSERT INTO sessions (\(list(sessionColumns)), epoch) SELECT \(list(session)), \(epoch) FROM part \(onSessionConflict)),
      running AS (
        INSERT INTO generations (session_key, \(list(generationColumns)), epoch)
        SELECT session_key, \(list(generation)), \(epoch) FROM part \(onGenerationConflict)),
      \(puttingMessages)
      \(checkingMessages)
      """)
  }()

  /// Updates a session, puts a message and ends a generation, whose parts go unless it was interrupted.
  static let endTurns = RowStatement(
    "end_turns", session + message + prefixed("generation", [("id", .text)] + endColumns),
    """
    changed AS (
      UPDATE sessions s SET \(sessionColumns.dropFirst().map { "\($0.name) = session_\($0.name)" }.joined(separator: ", ")),
        epoch = \(epoch)
      FROM part WHERE s.key = session_key RETURNING 1),
    ended AS (
      UPDATE generations g SET \(endColumns.map { "\($0.name) = generation_\($0.name)" }.joined(separator: ", "))
      FROM part WHERE g.id = generation_id),
    dropped AS (
      DELETE FROM generation_parts p USING part WHERE p.generation_id = part.generation_id AND generation_state <> 3),
    \(puttingMessages),
    checked AS (
      SELECT refuse('\(Refusal.sessionIsGone)', 'no session')
      WHERE (SELECT count(*) FROM changed) < (SELECT count(*) FROM part))
    \(checkingMessages)
    UNION ALL SELECT * FROM checked
    """)
}
