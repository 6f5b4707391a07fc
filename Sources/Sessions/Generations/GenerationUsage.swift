/// What a completion cost.
public struct GenerationUsage: Equatable, Sendable {
  /// Tokens of what the model was asked, by its own count.
  public var promptTokens: Int
  /// Tokens of what it said and thought.
  public var completionTokens: Int
  /// From the request to Ollama to the first token; nil if there was none, or nobody measured it.
  public var timeToFirstToken: Duration?
  /// From the request to Ollama to the end of the generation.
  public var duration: Duration?

  /// A cost of nothing where nothing is named.
  public init(
    promptTokens: Int = 0, completionTokens: Int = 0, timeToFirstToken: Duration? = nil,
    duration: Duration? = nil
  ) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.timeToFirstToken = timeToFirstToken
    self.duration = duration
  }
}
