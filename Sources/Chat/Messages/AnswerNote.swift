internal import Handling
internal import HTTPFields
internal import JSON
internal import Sessions

/// What an answer of nothing is explained by.
enum AnswerNote {
  /// Of one for which nothing was left.
  static let outOfTokens: StaticString =
    "The model used up its tokens before it said anything: raise max_tokens, or let it think less."
}

extension JSONWriter {
  /// What the model thought before it answered, where it did.
  mutating func thinking(of generation: Generation) {
    let thinking = generation.log.thinkingText
    if !thinking.isEmpty { member("thinking", thinking) }
  }

  /// A sentence that explains an answer, where it needs one.
  mutating func note(on generation: Generation, doneReason: String) {
    guard doneReason.hasSameBytes(as: "length"), generation.log.textBytes == 0 else { return }
    member("note", literal: AnswerNote.outOfTokens)
  }
}
