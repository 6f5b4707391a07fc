internal import Sessions

/// What a writer says. One that changes nothing, where it must, fails by `refuse`: all of a group is sent at once, and its end
/// may not be reached then.
enum WriteStatements {
  static let all =
    [
      begin, end, Reign.hold, enterBeside, countForeignChange, foreignChanges, storedBytes, secret,
      putSession,
      updateSession,
      dropRequestsOfSession, deleteSession, putMessage, dropMessages, putImage, dropImages, putGeneration,
      endGeneration,
      dropParts, appendPart, dropEndedParts, putCheckpoint, dropCheckpoints, dropEarlierCheckpoints,
      putRequest,
      dropRequest, dropExpiredRequests,
    ] + ofTurns + ofAccess + ofAdoptions + ofUsers + ofUsage

  // MARK: The store

  /// Prepared as well: else the server reads them each time anew.
  static let begin = Statement("begin", "BEGIN")
  static let end = Statement("end", "COMMIT")

  /// Waits for the end of the service's transaction, and lets it wait for the end of this one: so that no two of them wait for
  /// each other's rows.
  static let enterBeside = Statement("enter_beside", "SELECT 1 FROM store WHERE only_row FOR UPDATE")
  static let countForeignChange = Statement(
    "count_foreign_change", "UPDATE counters SET value = value + 1 WHERE name = 'foreign_changes'")
  static let foreignChanges = Statement(
    "foreign_changes", "SELECT value FROM counters WHERE name = 'foreign_changes'")
  static let storedBytes = Statement("stored_bytes", "SELECT value FROM counters WHERE name = 'stored_bytes'")
  static let secret = Statement(
    "secret",
    """
    INSERT INTO secrets AS s (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = s.value RETURNING value
    """)

  // MARK: Sessions

  /// Whose it is stays: that another change alone does.
  static let onSessionConflict = """
    ON CONFLICT (key) DO UPDATE SET title = EXCLUDED.title, title_number = EXCLUDED.title_number,
      created_at = EXCLUDED.created_at, updated_at = EXCLUDED.updated_at, message_count = EXCLUDED.message_count,
      last_number = EXCLUDED.last_number, last_author = EXCLUDED.last_author, epoch = EXCLUDED.epoch
    """
  static let putSession = Statement(
    "put_session",
    """
    INSERT INTO sessions (key, owner, title, title_number, created_at, updated_at, message_count, last_number, last_author,
      epoch)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT epoch FROM store WHERE only_row))
    \(onSessionConflict)
    """)
  static let updateSession = Statement(
    "update_session",
    """
    WITH changed AS (
      UPDATE sessions SET title = $2, title_number = $3, created_at = $4, updated_at = $5, message_count = $6,
        last_number = $7, last_author = $8, epoch = (SELECT epoch FROM store WHERE only_row)
      WHERE key = $1 RETURNING 1)
    SELECT refuse('\(Refusal.sessionIsGone)', 'no session') WHERE NOT EXISTS (SELECT 1 FROM changed)
    """)
  static let dropRequestsOfSession = Statement(
    "drop_requests_of_session",
    "DELETE FROM idempotency WHERE generation_id IN (SELECT id FROM generations WHERE session_key = $1)")
  /// What belongs to it goes with it.
  static let deleteSession = Statement("delete_session", "DELETE FROM sessions WHERE key = $1")

  // MARK: Messages and images

  /// Of messages `m`: one that is there changes its state, if it is the same.
  static let onMessageConflict = """
    ON CONFLICT (session_key, place) DO UPDATE SET state = EXCLUDED.state
      WHERE (m.number, m.role, m.author, m.content) = (EXCLUDED.number, EXCLUDED.role, EXCLUDED.author, EXCLUDED.content)
        AND m.thinking IS NOT DISTINCT FROM EXCLUDED.thinking
    """
  /// What a message that was put adds to the store's bytes. A row that was there has been locked, which shows in its `xmax`.
  static let messageBytes = "CASE WHEN m.xmax = 0 THEN m.text_bytes + 256 ELSE 0 END AS bytes"
  /// Brings the store's bytes.
  static let putMessage = Statement(
    "put_message",
    """
    WITH put AS (
      INSERT INTO messages AS m (session_key, place, number, role, author, content, thinking, created_at, state, images,
        prompt_tokens, completion_tokens, time_to_first_token, duration, text_bytes)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
      \(onMessageConflict) RETURNING \(messageBytes)),
    counted AS (UPDATE counters SET value = value + put.bytes FROM put WHERE name = 'stored_bytes' RETURNING value)
    SELECT CASE WHEN EXISTS (SELECT 1 FROM put) THEN (SELECT value FROM counted)
      ELSE refused('\(Refusal.conflict)', 'another message is in place ' || $2) END
    """)
  static let dropMessages = Statement(
    "drop_messages", "DELETE FROM messages WHERE session_key = $1 AND place >= $2")
  static let putImage = Statement(
    "put_image",
    """
    INSERT INTO images (session_key, digest, media_type, bytes) VALUES ($1, $2, $3, $4)
    ON CONFLICT (session_key, digest) DO NOTHING
    """)
  static let dropImages = Statement(
    "drop_images", "DELETE FROM images WHERE session_key = $1 AND digest <> ALL ($2::bytea[])")

  // MARK: Generations

  static let onGenerationConflict = """
    ON CONFLICT (id) DO UPDATE SET session_key = EXCLUDED.session_key, author = EXCLUDED.author, model = EXCLUDED.model,
      message_place = EXCLUDED.message_place, message_number = EXCLUDED.message_number, started_at = EXCLUDED.started_at,
      state = EXCLUDED.state, ended_at = EXCLUDED.ended_at, last_number = EXCLUDED.last_number,
      done_reason = EXCLUDED.done_reason, failure_code = EXCLUDED.failure_code, failure_message = EXCLUDED.failure_message,
      answer_place = EXCLUDED.answer_place, epoch = EXCLUDED.epoch
    """
  static let putGeneration = Statement(
    "put_generation",
    """
    INSERT INTO generations (session_key, id, author, model, message_place, message_number, started_at, state, ended_at,
      last_number, done_reason, failure_code, failure_message, answer_place, epoch)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, (SELECT epoch FROM store WHERE only_row))
    \(onGenerationConflict)
    """)
  static let endGeneration = Statement(
    "end_generation",
    """
    UPDATE generations SET state = $2, ended_at = $3, last_number = $4, done_reason = $5, failure_code = $6,
      failure_message = $7, answer_place = $8
    WHERE id = $1
    """)
  static let dropParts = Statement("drop_parts", "DELETE FROM generation_parts WHERE generation_id = $1")
  static let appendPart = Statement(
    "append_part",
    """
    INSERT INTO generation_parts AS p (generation_id, n, text, lengths)
    SELECT g.id, $2::bigint, $3::bytea, $4::bytea FROM generations g WHERE g.id = $1 AND g.state = 0
    ON CONFLICT (generation_id, n) DO UPDATE SET text = EXCLUDED.text, lengths = EXCLUDED.lengths
    WHERE p.text <> EXCLUDED.text OR p.lengths <> EXCLUDED.lengths
    """)
  /// Those of others have gone with their ends.
  static let dropEndedParts = Statement(
    "drop_ended_parts",
    """
    DELETE FROM generation_parts WHERE generation_id IN (SELECT id FROM generations WHERE session_key = $1 AND state = 3)
    """)

  // MARK: Checkpoints

  static let putCheckpoint = Statement(
    "put_checkpoint",
    """
    INSERT INTO checkpoints (epoch, n, texts) VALUES ((SELECT epoch FROM store WHERE only_row), $1, $2)
    ON CONFLICT (epoch, n) DO UPDATE SET texts = EXCLUDED.texts
    """)
  static let dropCheckpoints = Statement(
    "drop_checkpoints",
    "DELETE FROM checkpoints WHERE epoch = (SELECT epoch FROM store WHERE only_row) AND n < $1")
  static let dropEarlierCheckpoints = Statement(
    "drop_earlier_checkpoints",
    "DELETE FROM checkpoints WHERE epoch < (SELECT epoch FROM store WHERE only_row)")

  // MARK: Requests

  /// `$6` is now.
  static let putRequest = Statement(
    "put_request",
    """
    WITH put AS (
      INSERT INTO idempotency AS i (owner, key, generation_id, digest, expires_at) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (owner, key) DO UPDATE SET generation_id = EXCLUDED.generation_id, digest = EXCLUDED.digest,
        expires_at = EXCLUDED.expires_at
      WHERE i.generation_id = EXCLUDED.generation_id OR i.expires_at <= $6
      RETURNING 1)
    SELECT refuse('\(Refusal.conflict)', 'the key has another generation') WHERE NOT EXISTS (SELECT 1 FROM put)
    """)
  static let dropRequest = Statement("drop_request", "DELETE FROM idempotency WHERE generation_id = $1")
  static let dropExpiredRequests = Statement(
    "drop_expired_requests", "DELETE FROM idempotency WHERE expires_at <= $1")
}
