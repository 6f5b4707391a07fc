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

  /// From the `usage` of an object of OpenAI's or Anthropic's API; nil where it has none.
  init?(usageOf object: JSONValue) {
    guard let usage = object.present("usage") else { return nil }
    promptTokens = max(0, usage["prompt_tokens"]?.int ?? usage["input_tokens"]?.int ?? 0)
    completionTokens = max(0, usage["completion_tokens"]?.int ?? usage["output_tokens"]?.int ?? 0)
  }

  /// From an answer that came in one piece; nil where it does not say, or is no JSON.
  public init?(ofAnswer answer: UnsafeRawBufferPointer, kind: StreamKind, reader: JSONReader) {
    let usage = try? reader.withDocument(answer) { root in
      switch kind {
      case .generation: root["done"]?.bool == true ? TokenUsage(root) : nil
      case .openAICompletion, .openAIResponse, .anthropicMessage: TokenUsage(usageOf: root)
      case .progress: nil
      }
    }
    guard let usage = usage ?? nil else { return nil }
    self = usage
  }
}
