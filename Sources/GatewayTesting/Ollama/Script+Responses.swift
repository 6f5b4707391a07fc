extension Script {
  static let date = "Thu, 01 Jan 2026 12:00:00 GMT"

  /// A whole response with a length.
  public static func response(_ status: Int, type: String, _ body: [UInt8]) -> Script {
    [.response(status, ["Content-Type": type, "Date": date], body)]
  }

  /// A whole JSON response with a length, as Ollama's unary answers.
  public static func json(_ body: String, status: Int = 200) -> Script {
    .response(status, type: "application/json; charset=utf-8", Array(body.utf8))
  }

  /// A whole text response with a length.
  public static func text(_ body: String, status: Int = 200) -> Script {
    .response(status, type: "text/plain; charset=utf-8", Array(body.utf8))
  }

  /// A chunked stream that has each of the pieces as a chunk of its own, `interval` apart, and then ends cleanly.
  /// Where the pieces do not say so, nothing marks the answer as complete.
  public static func stream(
    _ pieces: [String], type: String = "application/x-ndjson", every interval: Duration = .zero
  ) -> Script {
    [.streamHead(type), .repeatChunks(pieces.count, every: interval) { pieces[$0] }, .endChunks]
  }

  /// A complete `/api/chat` stream: one line a token, `interval` apart, and the final line.
  public static func chat(
    _ tokens: [String] = OllamaAnswers.defaultTokens, model: String = "tinyllama:latest",
    every interval: Duration = .zero, reason: String = "stop"
  ) -> Script {
    let lines = tokens.map { OllamaWire.chatLine(model: model, $0) }
    let end = OllamaWire.chatEnd(model: model, reason: reason, evalCount: tokens.count) + "\n"
    return .stream(lines + [end], every: interval)
  }

  /// A complete `/api/generate` stream.
  public static func generate(
    _ tokens: [String] = OllamaAnswers.defaultTokens, model: String = "tinyllama:latest",
    every interval: Duration = .zero, reason: String = "stop"
  ) -> Script {
    let lines = tokens.map { OllamaWire.generateLine(model: model, $0) }
    let end = OllamaWire.generateEnd(model: model, reason: reason, evalCount: tokens.count) + "\n"
    return .stream(lines + [end], every: interval)
  }

  /// A complete `/v1/chat/completions` stream.
  public static func completions(
    _ tokens: [String] = OllamaAnswers.defaultTokens, model: String = "tinyllama:latest",
    every interval: Duration = .zero, includesUsage: Bool = false
  ) -> Script {
    var events = tokens.map { OllamaWire.completionEvent(model: model, $0) }
    events.append(OllamaWire.completionEvent(model: model, "", finish: "stop"))
    if includesUsage {
      events.append(OllamaWire.completionUsageEvent(model: model, completionTokens: tokens.count))
    }
    return .stream(events + [OllamaWire.completionDone], type: "text/event-stream", every: interval)
  }
}

extension Script.Step {
  /// The head of a chunked stream as Ollama sends it.
  public static func streamHead(_ type: String = "application/x-ndjson") -> Self {
    .head(200, ["Content-Type": type, "Date": Script.date, "Transfer-Encoding": "chunked"])
  }
}
