internal import HTTPFields
internal import JSON
internal import Sessions
internal import System

/// What there is to tell of a generation that is whole or was stopped.
///
/// It is told in five forms: the last event of a stream, two documents over HTTP and two messages of a WebSocket. Their members
/// are written here. A form says which of them it has, and in which order.
struct GenerationCompletion {
  let generation: Generation
  /// Why the generation ended: Ollama's own word, or `cancelled`.
  let doneReason: String
  /// What the generation cost; nil where nobody knows, as Ollama tells it in its last line, which never came.
  let usage: GenerationUsage?
  /// When the generation ended, as ISO 8601.
  let timestamp: String
  /// Whether the generation came to its own end; else it was stopped.
  let isWhole: Bool

  enum Member {
    case sessionID
    case model
    /// `thinking`: what the model thought; left out where it did not.
    case thinking
    case timestamp
    /// `done_reason`; behind it `note`, where the generation needs to be explained.
    case doneReason
    /// `response_time`: the seconds from a request to its response.
    case responseTime(Double)
    /// `usage`; left out where nobody knows it.
    case usage
    /// `usage`; zeros where nobody knows it.
    case usageInAnyCase
  }

  /// Explains to people why a generation has no text: it ended at its limit of tokens, and all of them went into thinking.
  private static let outOfTokens: StaticString =
    "The model used up its tokens before it said anything: raise max_tokens, or let it think less."

  /// - Returns: nil for a generation that has failed, or was interrupted.
  init?(of generation: Generation, _ end: GenerationEnd) {
    switch end.outcome {
    case .completed(let reason, let usage): (doneReason, self.usage, isWhole) = (reason, usage, true)
    case .cancelled: (doneReason, usage, isWhole) = ("cancelled", nil, false)
    case .failed, .interrupted: return nil
    }
    self.generation = generation
    timestamp = end.timestamp.iso8601
  }

  /// Writes members of the object that was begun, in this order.
  func encode(_ members: [Member], into writer: inout JSONWriter) {
    for member in members { encode(member, into: &writer) }
  }

  private func encode(_ member: Member, into writer: inout JSONWriter) {
    switch member {
    case .sessionID: writer.member("session_id", generation.sessionID.description)
    case .model: writer.member("model", generation.model)
    case .thinking:
      let thinking = generation.log.thinkingText
      if !thinking.isEmpty { writer.member("thinking", thinking) }
    case .timestamp: writer.member("timestamp", timestamp)
    case .doneReason:
      writer.member("done_reason", doneReason)
      if needsNote { writer.member("note", literal: GenerationCompletion.outOfTokens) }
    case .responseTime(let seconds): writer.member("response_time", seconds)
    case .usage: usage?.encodeMember(into: &writer)
    case .usageInAnyCase: (usage ?? GenerationUsage()).encodeMember(into: &writer)
    }
  }

  private var needsNote: Bool { doneReason.hasSameBytes(as: "length") && generation.log.textBytes == 0 }
}
