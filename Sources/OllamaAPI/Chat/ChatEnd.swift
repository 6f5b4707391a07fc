public import JSON

/// What the last line of an `/api/chat` response says.
public struct ChatEnd: Equatable, Sendable {
  /// Why the model stopped: `stop`, `length`, `load`… `stop` when Ollama does not say it in 64 bytes.
  public var doneReason: String
  /// How many tokens were read and made.
  public var usage: TokenUsage

  /// From the object with `"done":true`.
  public init(_ line: JSONValue) {
    let reason = line["done_reason"]?.string ?? ""
    doneReason = (1...64).contains(reason.utf8.count) ? reason : "stop"
    usage = TokenUsage(line)
  }
}
