/// What a text of a generation is.
public enum TextKind: Sendable {
  /// A piece of what the model says: its message's content.
  case content
  /// A piece of what the model thinks before it says anything.
  case thinking
}
