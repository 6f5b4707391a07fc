extension Query {
  private static let sessionRow = """
    SELECT key, owner, title, title_number, created_at, updated_at, message_count, last_number, last_author FROM sessions
    """
  private static let messageRow = """
    SELECT place, number, role, user_or_model, content, thinking, created_at, state, images,
      prompt_tokens, completion_tokens, time_to_first_token, duration
    FROM messages
    """
  private static let generationRow = """
    SELECT id, session_key, author, model, message_place, message_number, started_at, state,
      ended_at, last_number, done_reason, failure_code, failure_message, answer_place
    FROM generations
    """

  var readingSQL: String {
    switch self {
    case .session: "\(Self.sessionRow) WHERE key = ?1"
    case .total: "SELECT sessions FROM owners WHERE owner = ?1"
    // Names alone, which the index has: what is skipped costs a step in it each.
    case .keysOfOwner:
      "SELECT key FROM sessions WHERE owner = ?1 ORDER BY updated_at DESC, key LIMIT ?2 OFFSET ?3"
    case .keysOfOwnerFromTheEnd:
      "SELECT key FROM sessions WHERE owner = ?1 ORDER BY updated_at, key DESC LIMIT ?2 OFFSET ?3"
    case .keysOfAll:
      // From the earliest time on: by this the planner knows that the index has them all.
      "SELECT key FROM sessions WHERE updated_at >= \(Int64.min) ORDER BY updated_at DESC, key DESC LIMIT ?1 OFFSET ?2"
    case .sessionsByUse: "\(Self.sessionRow) WHERE updated_at < ?1 ORDER BY updated_at, key LIMIT ?2"
    // In the words of the index, by which the planner knows that it has them all.
    case .sessionsOfAddresses:
      """
      \(Self.sessionRow) WHERE owner >= 'address:' AND owner < 'address;' AND updated_at < ?1
      ORDER BY updated_at, key LIMIT ?2
      """
    case .sessionsAfter: "\(Self.sessionRow) WHERE key > ?1 ORDER BY key LIMIT ?2"

    case .messages: "\(Self.messageRow) WHERE session_key = ?1 AND place >= ?2 ORDER BY place LIMIT ?3"
    case .recentMessages: "\(Self.messageRow) WHERE session_key = ?1 ORDER BY place DESC LIMIT ?2"
    case .image: "SELECT media_type, bytes FROM images WHERE session_key = ?1 AND digest = ?2"
    case .imageDigests: "SELECT digest FROM images WHERE session_key = ?1 ORDER BY digest"

    case .generation: "\(Self.generationRow) WHERE id = ?1"
    // By the order in which they were put: clocks jump.
    case .lastGeneration: "\(Self.generationRow) WHERE session_key = ?1 ORDER BY place DESC LIMIT 1"
    case .parts: "SELECT n, text, lengths FROM generation_parts WHERE generation_id = ?1 ORDER BY n"
    case .runningGenerations: "\(Self.generationRow) WHERE state = 0 ORDER BY epoch, place LIMIT ?1"
    case .isRunning: "SELECT 1 FROM generations WHERE id = ?1 AND state = 0"
    case .runningGenerationsOfSession: "SELECT id FROM generations WHERE session_key = ?1 AND state = 0"
    // All of them: the words have the index say their order.
    case .checkpoints: "SELECT epoch, n, texts FROM checkpoints WHERE epoch >= 0 ORDER BY epoch, n"
    case .idempotentRequest:
      "SELECT generation_id, digest, expires_at FROM idempotency WHERE owner = ?1 AND key = ?2 AND expires_at > ?3"
    case .secret: "SELECT bytes FROM secrets WHERE name = ?1"

    case .generationsOfSession:
      "\(Self.generationRow) WHERE session_key = ?1 ORDER BY place LIMIT ?2 OFFSET ?3"
    case .requests:
      """
      SELECT owner, key, generation_id, digest, expires_at FROM idempotency WHERE owner >= ''
      ORDER BY owner, key LIMIT ?1 OFFSET ?2
      """
    case .secrets: "SELECT name, bytes FROM secrets WHERE name >= ''"

    case .edits: "SELECT edits FROM store WHERE place = 1"
    case .dataVersion: "PRAGMA data_version"
    case .pageCount: "PRAGMA page_count"
    case .freePageCount: "PRAGMA freelist_count"
    default: preconditionFailure("\(self) stands elsewhere")
    }
  }
}
