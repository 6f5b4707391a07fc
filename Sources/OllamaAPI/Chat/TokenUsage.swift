public import JSON

/// What a completion cost, from the last line of Ollama's response.
public struct TokenUsage: Equatable, Sendable {
  /// `prompt_eval_count`: tokens of the prompt that were evaluated, which may be 0 for a prompt in the cache.
  public private(set) var promptTokens: Int
  /// `eval_count`: tokens of what the model said.
  public private(set) var completionTokens: Int

  /// How long it took; nil where the response does not tell.
  public var durations: GenerationDurations?

  /// The greatest count that is believed, so that sums of many have room.
  public static let maximumTokens = 1 << 32

  /// Negative counts are 0.
  public init(promptTokens: Int = 0, completionTokens: Int = 0) {
    self.promptTokens = TokenUsage.bounded(promptTokens)
    self.completionTokens = TokenUsage.bounded(completionTokens)
  }

  private static func bounded(_ count: Int) -> Int { min(max(0, count), maximumTokens) }

  /// From the object that ends a response; a count that is missing or negative is 0.
  public init(_ end: JSONValue) { self = TokenUsage.read(end).usage }

  /// The same from an object that may be any of a response's; nil where it does not say that it is the last.
  init?(ofLast object: JSONValue) {
    let (usage, isLast) = TokenUsage.read(object)
    guard isLast else { return nil }
    self = usage
  }

  private static let numberKeys: JSONKeys = [
    "prompt_eval_count", "eval_count", "total_duration", "load_duration", "prompt_eval_duration",
    "eval_duration", "done",
  ]

  private static func read(_ object: JSONValue) -> (usage: TokenUsage, isLast: Bool) {
    var isLast = false
    var numbers = InlineArray<6, Int?>(repeating: nil)
    object.forEachMember(named: numberKeys) { place, value in
      if place < numbers.count { numbers[place] = value.int } else { isLast = value.bool == true }
    }
    var usage = TokenUsage(promptTokens: numbers[0] ?? 0, completionTokens: numbers[1] ?? 0)
    if let total = numbers[2], let eval = numbers[5] {
      usage.durations = GenerationDurations(
        total: total, load: numbers[3] ?? 0, promptEval: numbers[4] ?? 0, eval: eval)
    }
    return (usage, isLast)
  }

  /// From the `usage` of an object of OpenAI's or Anthropic's API; nil where it has none.
  init?(usageOf object: JSONValue) {
    guard let usage = object.present("usage") else { return nil }
    self.init(
      promptTokens: usage["prompt_tokens"]?.int ?? usage["input_tokens"]?.int ?? 0,
      completionTokens: usage["completion_tokens"]?.int ?? usage["output_tokens"]?.int ?? 0)
  }

  /// From a response that came in one piece; nil where it does not say, or is no JSON.
  public init?(ofResponse response: UnsafeRawBufferPointer, kind: StreamKind, reader: JSONReader) {
    let usage = try? reader.withDocument(response) { root in
      switch kind {
      case .generation: TokenUsage(ofLast: root)
      case .openAICompletion, .openAIResponse, .anthropicMessage: TokenUsage(usageOf: root)
      case .progress: nil
      }
    }
    guard let usage = usage ?? nil else { return nil }
    self = usage
  }

  /// From the end of a response in one piece, which may be cut anywhere before what it cost; nil where it does not say. In the text of
  /// a model nothing can pass for it, whose quotes are escaped.
  ///
  /// - Parameter end: ``endBytes`` are enough.
  public init?(ofEnd end: UnsafeRawBufferPointer) {
    let prompt =
      end.number(of: #""prompt_eval_count""#) ?? end.number(of: #""prompt_tokens""#)
      ?? end.number(of: #""input_tokens""#)
    let completion =
      end.number(of: #""eval_count""#) ?? end.number(of: #""completion_tokens""#)
      ?? end.number(of: #""output_tokens""#)
    guard prompt != nil || completion != nil else { return nil }
    self.init(promptTokens: prompt ?? 0, completionTokens: completion ?? 0)
    guard let total = end.number(of: #""total_duration""#) else { return }
    let load = min(total, end.number(of: #""load_duration""#) ?? 0)
    let eval = end.number(of: #""eval_duration""#) ?? 0
    // Of embeddings it is all but the load.
    let promptEval = end.number(of: #""prompt_eval_duration""#) ?? total - load - min(eval, total - load)
    durations = GenerationDurations(total: total, load: load, promptEval: promptEval, eval: eval)
  }

  /// More than what stands behind the counts, and these.
  public static let endBytes = 1024
}
