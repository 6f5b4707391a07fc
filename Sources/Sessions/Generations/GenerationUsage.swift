/// What a completion cost.
public struct GenerationUsage: Equatable, Sendable {
  public var promptTokens: Int
  public var completionTokens: Int
  /// From the request to Ollama to the first token of the answer; nil if there was none, or nobody measured it.
  public var timeToFirstToken: Duration?
  /// From the request to Ollama to the end of the answer.
  public var duration: Duration?

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
