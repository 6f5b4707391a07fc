/// How a generation ended.
public enum GenerationOutcome: Equatable, Sendable {
  /// The model came to its end; the reason is Ollama's (`stop`, `length`…).
  case completed(doneReason: String, usage: GenerationUsage)
  /// Somebody stopped it, or nobody listened any more. What was said so far counts.
  case cancelled
  /// Its process ended before it did: what was kept of it counts.
  case interrupted
  /// It broke. The code is for programs, the message for people; after so many seconds it may go better.
  case failed(code: String, message: String, retryAfter: Int? = nil)
}
