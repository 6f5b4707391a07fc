// What many turns write at once. No two rows are of the same session or the same generation.
extension WriteStatements {
  static let ofTurns = [beginTurns, wholeTurns, endTurns].map(\.statement)

  static let sessionColumns: [RowStatement.Column] = [
    ("key", .text), ("owner", .text), ("title", .text), ("title_number", .bigint), ("created_at", .bigint),
    ("updated_at", .bigint), ("message_count", .bigint), ("last_number", .bigint), ("last_author", .text),
  ]
  private static let changingColumns = sessionColumns.filter { $0.name != "key" && $0.name != "owner" }
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
  private static let answer = prefixed("answer", messageColumns)
  private static let generation = prefixed("generation", generationColumns)
  private static let epoch = "(SELECT epoch FROM store WHERE only_row)"

  /// - Parameter table: has a row for each message.
  private static func puttingMessages(of table: String) -> String {
    """
    put AS (
      INSERT INTO messages AS m (session_key, \(list(messageColumns))) SELECT session_key, \(list(message)) FROM \(table)
      \(onMessageConflict) RETURNING \(messageBytes)),
    counted AS (
      UPDATE counters SET value = value + (SELECT coalesce(sum(bytes), 0)::bigint FROM put) WHERE name = 'stored_bytes'
      RETURNING value)
    """
  }

  /// Brings the store's bytes, as ``putMessage`` does.
  ///
  /// - Parameter more: what is counted when the statement is over.
  private static func checkingMessages(of table: String, _ others: String = "", plus more: String = "0")
    -> String
  {
    """
    SELECT CASE \(others) WHEN (SELECT count(*) FROM put) < (SELECT count(*) FROM \(table))
      THEN refused('\(Refusal.conflict)', 'another message is in its place')
      ELSE (SELECT value FROM counted) + \(more) END
    """
  }

  private static let beginningTurns = """
    begun AS (
      INSERT INTO sessions AS s (\(list(sessionColumns)), epoch) SELECT \(list(session)), \(epoch) FROM part
      WHERE session_is_new = 1 OR EXISTS (SELECT 1 FROM sessions WHERE key = session_key)
      \(onSessionConflict) RETURNING CASE WHEN s.xmax = 0 THEN 512 ELSE 0 END AS bytes),
    running AS (
      INSERT INTO generations (session_key, \(list(generationColumns)), epoch)
      SELECT session_key, \(list(generation)), \(epoch) FROM part \(onGenerationConflict))
    """

  /// One that is not new has to be there.
  private static let isNew: [RowStatement.Column] = [("session_is_new", .bigint)]
  private static let checkingSessions = """
    WHEN (SELECT count(*) FROM begun) < (SELECT count(*) FROM part) THEN refused('\(Refusal.sessionIsGone)', 'no session')
    """

  /// What a trigger counts when they have begun.
  private static let sessionBytes = "(SELECT sum(bytes)::bigint FROM begun)"

  /// Puts a session, a message and a generation.
  static let beginTurns = RowStatement(
    "begin_turns", session + message + generation + isNew,
    """
    \(beginningTurns),
    \(puttingMessages(of: "part"))
    \(checkingMessages(of: "part", checkingSessions, plus: sessionBytes))
    """)

  /// Puts a session, two messages and a generation.
  static let wholeTurns = RowStatement(
    "whole_turns", session + message + generation + answer + isNew,
    """
    \(beginningTurns),
    said AS MATERIALIZED (
      SELECT session_key, \(list(message)) FROM part UNION ALL SELECT session_key, \(list(answer)) FROM part),
    \(puttingMessages(of: "said"))
    \(checkingMessages(of: "said", checkingSessions, plus: sessionBytes))
    """)

  /// Updates a session, puts a message and ends a generation, whose parts go unless it was interrupted.
  static let endTurns = RowStatement(
    "end_turns", session + message + prefixed("generation", [("id", .text)] + endColumns),
    """
    changed AS (
      UPDATE sessions s SET \(changingColumns.map { "\($0.name) = session_\($0.name)" }.joined(separator: ", ")),
        epoch = \(epoch)
      FROM part WHERE s.key = session_key RETURNING 1),
    ended AS (
      UPDATE generations g SET \(endColumns.map { "\($0.name) = generation_\($0.name)" }.joined(separator: ", "))
      FROM part WHERE g.id = generation_id),
    dropped AS (
      DELETE FROM generation_parts p USING part WHERE p.generation_id = part.generation_id AND generation_state <> 3),
    \(puttingMessages(of: "part"))
    \(checkingMessages(
      of: "part",
      """
      WHEN (SELECT count(*) FROM changed) < (SELECT count(*) FROM part) THEN refused('\(Refusal.sessionIsGone)', 'no session')
      """))
    """)
}
