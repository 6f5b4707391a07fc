import GatewayTesting
import Testing

/// A stream of Ollama's as each path has it: what an event is, what marks success, what an error is.
struct RelayStream: Sendable, CustomTestStringConvertible {
  let path: String
  let type: String
  /// One event with its framing.
  let event: String
  /// The last event, or events, of a whole stream.
  let mark: String
  /// An error of Ollama's own in mid-stream.
  let failure: String

  var testDescription: String { path }
  var isSSE: Bool { type == "text/event-stream" }

  static let all = [chat, generate, pull, chatCompletions, completions, messages, responses]

  static let chat = ndjson(
    "/api/chat", OllamaWire.chatLine(model: "m", "Grüße"), OllamaWire.chatEnd(model: "m", evalCount: 1))
  static let generate = ndjson(
    "/api/generate", OllamaWire.generateLine(model: "m", "Hello"),
    OllamaWire.generateEnd(model: "m", evalCount: 1))
  static let pull = ndjson(
    "/api/pull", #"{"status":"pulling 0123","total":100,"completed":5}"# + "\n", #"{"status":"success"}"#)

  static let chatCompletions = openAI(
    "/v1/chat/completions", OllamaWire.completionEvent(model: "m", "Hello"),
    OllamaWire.completionEvent(model: "m", "", finish: "stop") + OllamaWire.completionDone)
  static let completions = openAI(
    "/v1/completions", #"data: {"object":"text_completion","choices":[{"text":"Hello"}]}"# + "\n\n",
    OllamaWire.completionDone)
  static let responses = openAI(
    "/v1/responses",
    "event: response.output_text.delta\n"
      + #"data: {"type":"response.output_text.delta","delta":"Hello"}"# + "\n\n",
    "event: response.completed\n"
      + #"data: {"type":"response.completed","response":{"status":"completed","error":null}}"# + "\n\n")

  static let messages = RelayStream(
    path: "/v1/messages", type: "text/event-stream",
    event: "event: content_block_delta\n"
      + #"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#
      + "\n\n",
    mark: "event: message_stop\n" + #"data: {"type":"message_stop"}"# + "\n\n",
    failure: "event: error\n"
      + #"data: {"type":"error","error":{"type":"api_error","message":"out of memory"}}"# + "\n\n")

  private static func ndjson(_ path: String, _ event: String, _ end: String) -> RelayStream {
    RelayStream(
      path: path, type: "application/x-ndjson", event: event, mark: end + "\n",
      failure: OllamaWire.error("out of memory") + "\n")
  }

  private static func openAI(_ path: String, _ event: String, _ mark: String) -> RelayStream {
    RelayStream(
      path: path, type: "text/event-stream", event: event, mark: mark,
      failure: "data: " + OllamaWire.openAIError("out of memory", type: "api_error") + "\n\n")
  }

  /// A script that begins with the head of the stream.
  func script(_ steps: Script.Step...) -> Script { [.streamHead(type)] + Script(steps) }

  /// Asks for the stream.
  func request(_ port: UInt16) async throws -> TestClient.Response {
    try await TestClient.post(port, path, json: #"{"model":"m","stream":true}"#)
  }

  /// That a stream ended, in good order, with exactly one error of the gateway's, in the stream's own form, after
  /// `passed`.
  func expectError(
    _ response: TestClient.Response, after passed: String, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(response.status == 200, sourceLocation: location)
    #expect(response.isWhole, "the error is the end of the stream, in good order", sourceLocation: location)
    #expect(response.headers["Content-Type"] == type, sourceLocation: location)
    guard response.text.hasPrefix(passed) else {
      Issue.record("not \(passed.debugDescription) first: \(response)", sourceLocation: location)
      return
    }
    let error = String(response.text.dropFirst(passed.count))
    #expect(error.hasSuffix(isSSE ? "\n\n" : "\n"), sourceLocation: location)
    var lines = error.split(separator: "\n").map(String.init)
    if path == "/v1/messages" || path == "/v1/responses" {
      #expect(lines.removeFirst() == "event: error", sourceLocation: location)
    }
    guard lines.count == 1, let json = try? TestJSON(isSSE ? String(lines[0].dropFirst(6)) : lines[0]) else {
      Issue.record("not one error: \(error.debugDescription)", sourceLocation: location)
      return
    }
    if isSSE { #expect(lines[0].hasPrefix("data: "), sourceLocation: location) }
    let message: TestJSON
    switch path {
    case "/v1/messages":
      #expect(json["type"] == "error", sourceLocation: location)
      #expect(json["request_id"].string == response.headers["request-id"], sourceLocation: location)
      #expect(response.headers["request-id"] == response.headers["X-Request-Id"], sourceLocation: location)
      message = json["error"]["message"]
    case let path where path.hasPrefix("/v1"):
      if path == "/v1/responses" {
        #expect(
          json.keys == ["code", "error", "message", "param", "sequence_number", "type"],
          sourceLocation: location)
        #expect(json["type"] == "error", sourceLocation: location)
      }
      #expect(json["error"].keys == ["code", "message", "param", "type"], sourceLocation: location)
      message = json["error"]["message"]
    default:
      #expect(json.keys == ["error"], sourceLocation: location)
      message = json["error"]
    }
    #expect(message.string?.isEmpty == false, sourceLocation: location)
  }
}
