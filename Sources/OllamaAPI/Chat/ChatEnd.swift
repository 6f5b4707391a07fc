public import JSON

/// What the last line of an `/api/chat` answer says.
public struct ChatEnd: Equatable, Sendable {
  /// Why the model stopped: `stop`, `length`, `load`… `stop` when Ollama does not say it in 64 bytes.
  public var doneReason: String
  /// How many tokens were read and made.
  public var usage: TokenUsage
  /// The whole request, the loading of the model, the prompt and the answer; zero when Ollama does not say.
  public var total: Duration
  /// How long the model was loaded.
  public var load: Duration
  /// How long the prompt was read.
  public var promptEvaluation: Duration
  /// How long the answer was made.
  public var evaluation: Duration

  /// From the object with `"done":true`.
  public init(_ line: JSONValue) {
    let reason = line["done_reason"]?.string ?? ""
    doneReason = (1...64).contains(reason.utf8.count) ? reason : "stop"
    usage = TokenUsage(line)
    func nanoseconds(_ field: StaticString) -> Duration {
      .nanoseconds(max(0, line[field]?.int ?? 0))
    }
    total = nanoseconds("total_duration")
    load = nanoseconds("load_duration")
    promptEvaluation = nanoseconds("prompt_eval_duration")
    evaluation = nanoseconds("eval_duration")
  }
}
