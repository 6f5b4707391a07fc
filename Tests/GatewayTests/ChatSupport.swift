import Gateway
import GatewayTesting
import Testing

/// A client of the chat API: what the tests of several files ask and look at.
struct ChatClient: Sendable {
  static let path = "/api/v1/chat"
  let port: UInt16

  init(_ gateway: RunningGateway) { port = gateway.port }

  /// The body of a message.
  static func body(
    _ message: String = "Hello", session: String? = nil, stream: Bool = false, _ more: String = ""
  ) -> String {
    var body = #"{"message":\#(OllamaWire.quoted(message)),"stream":\#(stream)"#
    if let session { body += #","session_id":"\#(session)""# }
    return body + (more.isEmpty ? "" : "," + more) + "}"
  }

  /// Sends a message and waits for the whole response.
  func send(
    _ message: String = "Hello", session: String? = nil, _ more: String = ""
  ) async throws -> TestClient.Response {
    try await TestClient.post(
      port, Self.path, json: Self.body(message, session: session, more))
  }

  /// Sends a message whose generation shall be streamed, and reads nothing of it.
  func open(
    _ message: String = "Hello", session: String? = nil, accept: String = "*/*", _ more: String = ""
  ) async throws -> TestClient {
    let client = try await TestClient.connect(port)
    let body = Self.body(message, session: session, stream: true, more)
    try await client.perform { try $0.sendPost(Self.path, json: body, ["Accept": accept]) }
    return client
  }

  /// Sends a message and reads the whole stream.
  func stream(
    _ message: String = "Hello", session: String? = nil, accept: String = "*/*", _ more: String = ""
  ) async throws -> TestClient.Response {
    try await open(message, session: session, accept: accept, more).perform { try $0.readResponse() }
  }

  /// What a session's history has.
  func history(_ session: String, _ query: String = "") async throws -> TestJSON {
    let response = try await TestClient.get(port, "\(Self.path)/sessions/\(session)\(query)")
    #expect(response.status == 200)
    return response.json
  }

  /// Reads a session's generation on from a position.
  func resume(_ session: String, after number: Int? = nil, lastEventID: String? = nil) async throws
    -> TestClient.Response
  {
    let query = number.map { "?after=\($0)" } ?? ""
    let headers: TestHeaders = lastEventID.map { ["Last-Event-ID": $0] } ?? [:]
    return try await TestClient.get(port, "\(Self.path)/sessions/\(session)/stream\(query)", headers)
  }
}

extension TestClient.Response {
  /// The JSON of each event of a stream, whichever way it is framed; comments are left out.
  var messages: [TestJSON] {
    headers["Content-Type"] == "application/x-ndjson"
      ? lines.map { (try? TestJSON($0)) ?? .null } : events.filter { $0.data != nil }.map(\.json)
  }

  /// The text of a stream's chunks.
  var streamedText: String { messages.streamedText }

  /// The types of a stream's events, runs of chunks as one.
  var shape: [String] { messages.shape }
}

extension [TestJSON] {
  /// The text of a stream's chunks.
  var streamedText: String {
    filter { $0["type"] == "stream_chunk" }.compactMap { $0["content"].string }.joined()
  }

  /// The text of what the model thinks.
  var streamedThinking: String {
    filter { $0["type"] == "thinking_chunk" }.compactMap { $0["content"].string }.joined()
  }

  /// The types of a stream's events, runs of chunks as one.
  var shape: [String] {
    reduce(into: []) { types, message in
      let type = message["type"].string ?? "?"
      if types.last != type || !["stream_chunk", "thinking_chunk"].contains(type) { types.append(type) }
    }
  }
}

extension ScriptedOllama.Snapshot {
  /// The messages of the latest request to `/api/chat`, as `role: content`.
  var lastPrompt: [String] {
    let messages = exchanges(for: "/api/chat").last?.request.json["messages"].array ?? []
    return messages.map { "\($0["role"].string ?? "?"): \($0["content"].string ?? "?")" }
  }
}
