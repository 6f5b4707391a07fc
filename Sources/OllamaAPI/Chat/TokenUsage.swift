public import JSON

/// What a completion cost, from the last line of Ollama's answer.
public struct TokenUsage: Equatable, Sendable {
  /// `prompt_eval_count`: tokens of the prompt that were evaluated, which may be 0 for a prompt in the cache.
  public var promptTokens: Int
  /// `eval_count`: tokens of the answer.
  public var completionTokens: Int

  public init(promptTokens: Int = 0, completionTokens: Int = 0) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
  }

  /// From the object that ends an answer; a count that is missing or negative is 0.
  public init(_ end: JSONValue) {
    promptTokens = max(0, end["prompt_eval_count"]?.int ?? 0)
    completionTokens = max(0, end["eval_count"]?.int ?? 0)
  }
}
