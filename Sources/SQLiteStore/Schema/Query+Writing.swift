extension Query {
  /// Of sessions, messages and images.
  var writingSQL: String {
    switch self {
    case .putSession:
      """
      INSERT INTO sessions (key, owner, title, title_number, created_at, updated_at, message_count, last_number, last_author, epoch)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      ON CONFLICT (key) DO UPDATE SET title = ?3, title_number = ?4, created_at = ?5, updated_at = ?6,
        message_count = ?7, last_number = ?8, last_author = ?9, epoch = ?10
      """
    // Whose it is stays: that another change alone does.
    case .updateSession:
      """
      UPDATE sessions SET title = ?3, title_number = ?4, created_at = ?5, updated_at = ?6, message_count = ?7,
        last_number = ?8, last_author = ?9, epoch = ?10
      WHERE key = ?1
      """
    case .deleteSession: "DELETE FROM sessions WHERE key = ?1"
    // A row that is there and has another number or another text changes nothing: that is how the writer knows. Numbers go up with
    // the places.
    case .putMessage:
      """
      INSERT INTO messages (session_key, place, number, role, user_or_model, content, thinking, created_at, state, images,
        prompt_tokens, completion_tokens, time_to_first_token, duration)
      SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
      WHERE ?3 > ifnull((SELECT number FROM messages WHERE session_key = ?1 AND place < ?2 ORDER BY place DESC LIMIT 1), ?3 - 1)
        AND ?3 < ifnull((SELECT number FROM messages WHERE session_key = ?1 AND place > ?2 ORDER BY place LIMIT 1), ?3 + 1)
      ON CONFLICT (session_key, place) DO UPDATE SET state = excluded.state
      WHERE messages.number = excluded.number AND role = excluded.role AND content = excluded.content
        AND thinking IS excluded.thinking
      """
    case .dropMessages: "DELETE FROM messages WHERE session_key = ?1 AND place >= ?2"
    case .putImage:
      """
      INSERT INTO images (session_key, digest, media_type, bytes) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (session_key, digest) DO NOTHING
      """
    case .dropImage: "DELETE FROM images WHERE session_key = ?1 AND digest = ?2"
    case .putSecret: "INSERT INTO secrets (name, bytes) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING"
    case .countEdit: "UPDATE store SET edits = edits + 1 WHERE place = 1"
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }

  /// Of generations and the keys that they were asked for by.
  var generationWritingSQL: String {
    switch self {
    case .putGeneration:
      """
      INSERT INTO generations (id, session_key, author, model, message_place, message_number, epoch, started_at, state,
        ended_at, last_number, done_reason, failure_code, failure_message, answer_place)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
      ON CONFLICT (id) DO UPDATE SET session_key = ?2, author = ?3, model = ?4, message_place = ?5, message_number = ?6,
        epoch = ?7, started_at = ?8, state = ?9, ended_at = ?10, last_number = ?11, done_reason = ?12, failure_code = ?13,
        failure_message = ?14, answer_place = ?15
      """
    case .endGeneration:
      """
      UPDATE generations SET state = ?2, ended_at = ?3, last_number = ?4, done_reason = ?5, failure_code = ?6,
        failure_message = ?7, answer_place = ?8
      WHERE id = ?1
      """
    case .dropParts: "DELETE FROM generation_parts WHERE generation_id = ?1"
    case .appendPart:
      """
      INSERT INTO generation_parts (generation_id, n, text, lengths)
      SELECT id, ?2, ?3, ?4 FROM generations WHERE id = ?1 AND state = 0
      ON CONFLICT (generation_id, n) DO UPDATE SET text = excluded.text, lengths = excluded.lengths
      WHERE text <> excluded.text OR lengths <> excluded.lengths
      """
    // Only those that were interrupted still have any.
    case .dropEndedParts:
      """
      DELETE FROM generation_parts
      WHERE generation_id IN (SELECT id FROM generations WHERE session_key = ?1 AND state = 3)
      """
    case .putCheckpoint:
      """
      INSERT INTO checkpoints (epoch, n, texts) VALUES (?1, ?2, ?3)
      ON CONFLICT (epoch, n) DO UPDATE SET texts = excluded.texts
      """
    case .dropCheckpoints: "DELETE FROM checkpoints WHERE epoch = ?1 AND n < ?2"
    case .dropEarlierCheckpoints: "DELETE FROM checkpoints WHERE epoch < ?1"
    case .putIdempotentRequest:
      """
      INSERT INTO idempotency (owner, key, generation_id, digest, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT (owner, key) DO UPDATE SET generation_id = ?3, digest = ?4, expires_at = ?5
      WHERE generation_id = ?3 OR expires_at <= ?6
      """
    case .dropRequestOfGeneration: "DELETE FROM idempotency WHERE generation_id = ?1"
    case .dropExpiredRequests: "DELETE FROM idempotency WHERE expires_at <= ?1"
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }
}
