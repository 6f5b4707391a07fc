/// What a text of a generation is.
public enum TextKind: Sendable {
  /// A piece of the answer.
  case answer
  /// A piece of what the model thinks before it answers.
  case thinking
}
