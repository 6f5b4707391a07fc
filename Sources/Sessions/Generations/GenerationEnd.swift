/// What a completion cost.
public struct GenerationUsage: Equatable, Sendable {
  public var promptTokens: Int
  public var completionTokens: Int

  public init(promptTokens: Int = 0, completionTokens: Int = 0) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
  }
}

/// How a generation ended.
public enum GenerationOutcome: Equatable, Sendable {
  /// The model came to its end; the reason is Ollama's (`stop`, `length`…).
  case completed(doneReason: String, usage: GenerationUsage)
  /// Somebody stopped it, or nobody listened any more. What was said so far counts.
  case cancelled
  /// It broke. The code is for programs, the message for people.
  case failed(code: String, message: String)
}

/// The last event of a generation.
public struct GenerationEnd: Equatable, Sendable {
  public let outcome: GenerationOutcome
  public let timestamp: Timestamp

  public init(outcome: GenerationOutcome, timestamp: Timestamp) {
    self.outcome = outcome
    self.timestamp = timestamp
  }
}
