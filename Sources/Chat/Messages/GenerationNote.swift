internal import Handling
internal import HTTPFields
internal import JSON
internal import Sessions

/// Sentences for people that explain a generation whose text is empty.
enum GenerationNote {
  /// It ended at the limit of tokens, and what the model thought has used them up.
  static let outOfTokens: StaticString =
    "The model used up its tokens before it said anything: raise max_tokens, or let it think less."
}

extension JSONWriter {
  /// The member `thinking`: what the model thought, where it did.
  mutating func thinking(of generation: Generation) {
    let thinking = generation.log.thinkingText
    if !thinking.isEmpty { member("thinking", thinking) }
  }

  /// The member `note`, where a generation needs to be explained.
  mutating func note(on generation: Generation, doneReason: String) {
    guard doneReason.hasSameBytes(as: "length"), generation.log.textBytes == 0 else { return }
    member("note", literal: GenerationNote.outOfTokens)
  }
}
