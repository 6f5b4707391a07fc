/// What a completion cost.
public struct GenerationUsage: Equatable, Sendable {
  public var promptTokens: Int
  public var completionTokens: Int

  public init(promptTokens: Int = 0, completionTokens: Int = 0) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
  }
}
