/// One event of a generation, as its listeners get them: perhaps where it stands in the queue, then, numbered, texts, and then `done` and `end`, or `end` alone
/// when the generation failed, since `done` marks success.
public enum GenerationEvent {
  /// It still waits for a server. Before any text, and without a number of its own: it comes with that of the event before.
  case queued(GenerationWait)
  /// A piece of the content: UTF-8, never empty, valid during the call that lends it.
  case text(UnsafeRawBufferPointer)
  /// A piece of what the model thinks, likewise.
  case thinking(UnsafeRawBufferPointer)
  /// There is no more text.
  case done
  case end(GenerationEnd)
}
