/// Everything that goes wrong with an upstream, ready-made.
extension Script {
  /// How a faulty script leaves the connection.
  public enum Cut: Sendable {
    case close, reset

    var step: Step { self == .close ? .close : .reset }
  }

  private static let type = "application/x-ndjson"
  private static let line = OllamaWire.chatLine(model: "tinyllama:latest", "Hello")

  // MARK: Status

  /// Ollama's 404 for a model that it does not have.
  public static func modelNotFound(_ model: String) -> Script {
    .json(OllamaWire.error("model \"\(model)\" not found, try pulling it first"), status: 404)
  }

  /// An error in Ollama's form.
  public static func error(_ status: Int, _ message: String) -> Script {
    .json(OllamaWire.error(message), status: status)
  }

  // MARK: Before the response

  /// Takes the request and never responds.
  public static var silent: Script { [.silence] }

  /// Takes the request and closes without a byte.
  public static func cutBeforeHead(_ cut: Cut = .close) -> Script { [cut.step] }

  /// Breaks off in the midst of the head.
  public static func cutInHead(_ cut: Cut = .close) -> Script {
    [.text("HTTP/1.1 200 OK\r\nContent-Ty"), cut.step]
  }

  /// Sends the head of a good response a byte at a time.
  public static func slowHead(every interval: Duration, body: String = "{}") -> Script {
    let head = Array(
      "\(statusLine(200))Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n".utf8)
    return [.repeat(head.count, every: interval) { [head[$0]] }, .text(body)]
  }

  /// A good response with `count` more header fields: `X-Extra-0: value-0` and so on.
  public static func manyHeaders(_ count: Int, body: String = "{}") -> Script {
    var headers: TestHeaders = ["Content-Type": "application/json"]
    for number in 0..<count { headers.add("X-Extra-\(number)", "value-\(number)") }
    return [.response(200, headers, Array(body.utf8))]
  }

  /// A good response with one header field of `size` bytes.
  public static func hugeHeader(_ size: Int, named name: String = "X-Huge", body: String = "{}") -> Script {
    var headers: TestHeaders = ["Content-Type": "application/json"]
    headers.add(name, String(repeating: "h", count: size))
    return [.response(200, headers, Array(body.utf8))]
  }

  /// A header that has no end, at full speed.
  public static var endlessHeader: Script { [.text("\(statusLine(200))X-Endless: "), .flood([0x61])] }

  /// Something that is no HTTP.
  public static var garbage: Script {
    [
      .bytes(
        Array("SSH-2.0-OpenSSH_9.2\r\n".utf8) + [0x00, 0xff, 0xfe, 0x80] + Array("garbage\r\n\r\n".utf8)),
      .close,
    ]
  }

  /// A good head and a body that is not what the head says: no JSON.
  public static var garbageBody: Script { .json("<html>\u{0}no JSON", status: 200) }

  // MARK: In the midst of a stream

  /// One whole line, then half a line in a whole chunk, then the end of the connection.
  public static func cutInLine(_ cut: Cut = .close) -> Script {
    [.streamHead(type), .chunk(line), .chunk(String(line.prefix(line.count / 2))), cut.step]
  }

  /// One whole line, then a chunk that says more bytes than come.
  public static func cutInChunk(_ cut: Cut = .close) -> Script {
    let chunk = framed(Array(line.utf8))
    return [.streamHead(type), .chunk(line), .bytes(Array(chunk.prefix(chunk.count / 2))), cut.step]
  }

  /// One whole line, then the end of the connection between two chunks.
  public static func cutBetweenChunks(_ cut: Cut = .close) -> Script {
    [.streamHead(type), .chunk(line), cut.step]
  }

  /// A body with a length that ends `missing` bytes early.
  public static func cutInBody(_ body: String, missing: Int, cut: Cut = .close) -> Script {
    let bytes = Array(body.utf8)
    return [
      .head(200, ["Content-Type": "application/json; charset=utf-8", "Content-Length": "\(bytes.count)"]),
      .bytes(Array(bytes.dropLast(missing))), cut.step,
    ]
  }

  /// One whole line, then a chunk size that is no number.
  public static var badChunkSize: Script {
    [.streamHead(type), .chunk(line), .text("zz\r\nhello\r\n"), .close]
  }

  /// One token and then an error with status 200, as Ollama fails in mid-stream.
  public static func errorInStream(_ message: String = "an error was encountered while running the model")
    -> Script
  {
    .stream([line, OllamaWire.error(message) + "\n"])
  }

  /// One event and then an error, and no `[DONE]`.
  public static func completionsErrorInStream(
    _ message: String = "an error was encountered while running the model"
  ) -> Script {
    let error = "data: " + OllamaWire.openAIError(message, type: "api_error") + "\n\n"
    return .stream(
      [OllamaWire.completionEvent(model: "tinyllama:latest", "Hello"), error], type: "text/event-stream")
  }

  /// Tokens and a clean end of the stream, but no line with `"done":true`.
  public static func chatWithoutDone(_ tokens: [String] = ["Hel", "lo"]) -> Script {
    .stream(tokens.map { OllamaWire.chatLine(model: "tinyllama:latest", $0) })
  }

  /// Events and a clean end of the stream, but no `data: [DONE]`.
  public static func completionsWithoutDone(_ tokens: [String] = ["Hel", "lo"]) -> Script {
    .stream(
      tokens.map { OllamaWire.completionEvent(model: "tinyllama:latest", $0) }, type: "text/event-stream")
  }

  /// One token, then nothing more, with the connection kept open.
  public static var stalled: Script { [.streamBeginning(type, line), .silence] }

  // MARK: Unusual bytes

  /// A complete chat whose one token is a line of `size` bytes, letters `x`, in one chunk.
  public static func hugeLine(_ size: Int = 10 << 20) -> Script {
    .chat([String(repeating: "x", count: size)])
  }

  /// A line of `size` bytes that never ends, in chunks, and then a clean end.
  public static func endlessLine(_ size: Int = 10 << 20) -> Script {
    let piece = String(repeating: "x", count: 1 << 16)
    return [
      .streamHead(type), .chunk(#"{"model":"tinyllama:latest","message":{"content":""#),
      .repeatChunks(size >> 16, every: .zero) { _ in piece }, .endChunks,
    ]
  }

  /// A complete chat that says `text`, with each byte of it - and of all the rest - in a chunk of its own.
  public static func splitEverywhere(_ text: String = "Grüße, 世界 🌍") -> Script {
    let body = OllamaWire.chatLine(model: "tinyllama:latest", text)
    let end = OllamaWire.chatEnd(model: "tinyllama:latest", evalCount: 1) + "\n"
    let bytes = Array((body + end).utf8)
    return [.streamHead(type), .repeat(bytes.count, every: .zero) { framed([bytes[$0]]) }, .endChunks]
  }

  /// A body that never ends, at full speed: chat lines, each a chunk.
  public static var endless: Script { [.streamHead(type), .floodChunks(line)] }

  /// Chat lines without end, `interval` apart.
  public static func endless(every interval: Duration) -> Script {
    [.streamHead(type), .repeatChunks(.max, every: interval) { _ in line }]
  }

  // MARK: Connections

  /// Responds whole, and closes the idle connection at the moment the next request has come, without a byte of an
  /// response: what a client finds that keeps a connection for just too long.
  public static func thenStale(_ script: Script, _ cut: Cut = .close) -> Script {
    script + [.finishResponse, .awaitNextRequest, cut.step]
  }

  /// Responds with an error at once, does not read the body and closes.
  public static func refuseBody(_ status: Int, _ message: String) -> Script {
    [
      .stopReading,
      .response(
        status, ["Content-Type": "application/json; charset=utf-8", "Connection": "close"],
        Array(OllamaWire.error(message).utf8)),
      .close,
    ]
  }
}
