public import JSON

/// What the last line of an `/api/chat` answer says.
public struct ChatEnd: Equatable, Sendable {
  /// Why the model stopped: `stop`, `length`, `load`… `stop` when Ollama does not say it in 64 bytes.
  public var doneReason: String
  public var usage: TokenUsage
  /// The whole request, the loading of the model, the prompt and the answer; zero when Ollama does not say.
  public var total: Duration
  public var load: Duration
  public var promptEvaluation: Duration
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
