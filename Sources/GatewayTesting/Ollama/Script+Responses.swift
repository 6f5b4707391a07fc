extension Script {
  static let date = "Thu, 01 Jan 2026 12:00:00 GMT"

  /// A whole response with a length.
  public static func response(_ status: Int, type: String, _ body: [UInt8]) -> Script {
    [.response(status, ["Content-Type": type, "Date": date], body)]
  }

  /// A whole JSON response with a length, as Ollama's unary responses.
  public static func json(_ body: String, status: Int = 200) -> Script {
    .response(status, type: "application/json; charset=utf-8", Array(body.utf8))
  }

  /// A whole JSON response as Go frames it: with a length, or as one chunk when it is longer than the 2 KiB that
  /// `net/http` holds back to count them.
  public static func ollamaJSON(
    _ body: String, type: String = "application/json; charset=utf-8"
  ) -> Script {
    let bytes = Array(body.utf8)
    guard bytes.count > 2048 else { return .response(200, type: type, bytes) }
    return [.streamHead(type), .chunk(bytes), .endChunks]
  }

  /// A whole text response with a length.
  public static func text(_ body: String, status: Int = 200) -> Script {
    .response(status, type: "text/plain; charset=utf-8", Array(body.utf8))
  }

  /// A chunked stream that has each of the pieces as a chunk of its own, `interval` apart, and then ends cleanly.
  /// Where the pieces do not say so, nothing marks the response as complete.
  public static func stream(
    _ pieces: [String], type: String = "application/x-ndjson", every interval: Duration = .zero
  ) -> Script {
    [.streamHead(type), .repeatChunks(pieces.count, every: interval) { pieces[$0] }, .endChunks]
  }

  /// A complete `/api/chat` stream: one line a token, `interval` apart, and the final line.
  public static func chat(
    _ tokens: [String] = OllamaResponses.defaultTokens, model: String = "tinyllama:latest",
    every interval: Duration = .zero, reason: String = "stop"
  ) -> Script {
    let lines = tokens.map { OllamaWire.chatLine(model: model, $0) }
    let end = OllamaWire.chatEnd(model: model, reason: reason, evalCount: tokens.count) + "\n"
    return .stream(lines + [end], every: interval)
  }

  /// A complete `/api/chat` stream of a model that thinks before it says anything.
  public static func thinkingChat(
    _ thoughts: [String], _ tokens: [String] = OllamaResponses.defaultTokens, reason: String = "stop"
  ) -> Script {
    let lines =
      thoughts.map { OllamaWire.thinkingLine(model: "m", $0) }
      + tokens.map { OllamaWire.chatLine(model: "m", $0) }
    let end = OllamaWire.chatEnd(model: "m", reason: reason, evalCount: lines.count) + "\n"
    return .stream(lines + [end])
  }

  /// A complete `/api/generate` stream.
  public static func generate(
    _ tokens: [String] = OllamaResponses.defaultTokens, model: String = "tinyllama:latest",
    every interval: Duration = .zero, reason: String = "stop"
  ) -> Script {
    let lines = tokens.map { OllamaWire.generateLine(model: model, $0) }
    let end = OllamaWire.generateEnd(model: model, reason: reason, evalCount: tokens.count) + "\n"
    return .stream(lines + [end], every: interval)
  }

  /// A complete `/v1/chat/completions` stream. The events that end it come in one chunk, as Ollama sends them.
  public static func completions(
    _ tokens: [String] = OllamaResponses.defaultTokens, model: String = "tinyllama:latest",
    every interval: Duration = .zero, reason: String = "stop", includesUsage: Bool = false
  ) -> Script {
    let events = tokens.map { OllamaWire.completionEvent(model: model, $0) }
    var end = OllamaWire.completionEvent(model: model, "", finish: reason)
    if includesUsage { end += OllamaWire.completionUsageEvent(model: model, completionTokens: tokens.count) }
    return .stream(events + [end + OllamaWire.completionDone], type: "text/event-stream", every: interval)
  }
}

extension Script.Step {
  /// The head of a chunked stream as Ollama sends it.
  public static func streamHead(_ type: String = "application/x-ndjson") -> Self {
    .head(200, ["Content-Type": type, "Date": Script.date, "Transfer-Encoding": "chunked"])
  }

  /// The same with a chunk behind it in one piece: however busy the machine is, no time passes between the two.
  public static func streamBeginning(_ type: String = "application/x-ndjson", _ chunk: String) -> Self {
    guard case .send(let head) = streamHead(type).action else { preconditionFailure("a head is sent") }
    return .bytes(head + Script.framed(Array(chunk.utf8)))
  }
}
