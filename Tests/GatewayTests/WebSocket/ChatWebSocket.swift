import GatewayTesting
import Testing

/// A ``TestWebSocket`` that speaks the chat protocol.
struct ChatWebSocket: Sendable {
  /// The two names of one endpoint.
  static let routes = ["/ws", "/api/v1/chat/ws"]

  let socket: TestWebSocket
  /// The message that the gateway sent on opening.
  let connection: TestJSON

  /// Opens one, to a session if it is named, and takes the message that opens it.
  init(
    _ gateway: RunningGateway, _ route: String = "/ws", session: String? = nil, _ query: String = "",
    headers: TestHeaders = [:], receiveBuffer: Int? = nil
  ) async throws {
    try await self.init(
      gateway.port, route, session: session, query, headers: headers, receiveBuffer: receiveBuffer)
  }

  /// The same at a port of 127.0.0.1.
  init(
    _ port: UInt16, _ route: String = "/ws", session: String? = nil, _ query: String = "",
    headers: TestHeaders = [:], receiveBuffer: Int? = nil
  ) async throws {
    let parts = [session.map { "session_id=\($0)" } ?? "", query].filter { !$0.isEmpty }
    let target = parts.isEmpty ? route : "\(route)?\(parts.joined(separator: "&"))"
    socket = try await TestWebSocket.connect(port, target, headers, receiveBuffer: receiveBuffer)
    connection = try await socket.receiveJSON()
    #expect(connection["type"] == "connection")
  }

  /// Says something of a type; `members` are the JSON of the others.
  func say(_ type: String, _ members: String = "") async {
    await socket.send(#"{"type":"\#(type)"\#(members.isEmpty ? "" : ",")\#(members)}"#)
  }

  /// Sends a chat message.
  func chat(_ message: String = "Hello", _ more: String = "") async {
    await say(
      "chat", #""message":\#(OllamaWire.quoted(message))\#(more.isEmpty ? "" : ",")\#(more)"#)
  }

  func receive() async throws -> TestJSON { try await socket.receiveJSON() }

  /// The next message, which has to be of this type.
  func take(_ type: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> TestJSON {
    let message = try await receive()
    #expect(message["type"].string == type, "\(message)", sourceLocation: sourceLocation)
    return message
  }

  /// What comes, up to the first message of this type.
  func receive(through type: String) async throws -> [TestJSON] { try await receive(throughAnyOf: [type]) }

  /// Takes messages up to the first that is of one of these types.
  func receive(throughAnyOf types: Set<String>) async throws -> [TestJSON] {
    var messages: [TestJSON] = []
    repeat {
      messages.append(try await receive())
    } while !types.contains(messages.last?["type"].string ?? "")
    return messages
  }

  /// Takes the close frame, after whatever comes before, and the end of the connection behind it.
  func receiveClose() async throws -> (code: UInt16?, reason: String) {
    var close: (UInt16?, String)?
    while true {
      switch try await socket.receive() {
      case .close(let code, let reason): close = (code, reason)
      case .end: return try #require(close)
      default: continue
      }
    }
  }
}

extension ScriptedOllama {
  /// One that responds to each message by these tokens, each generation's last ones once the gate `go` is open.
  static func pausing(_ first: [String] = ["One ", "two "], _ rest: [String] = ["three"]) throws
    -> ScriptedOllama
  {
    try ScriptedOllama { _ in
      Script(
        [.streamHead()] + first.map { .chunk(OllamaWire.chatLine(model: "m", $0)) } + [.gate("go")]
          + rest.map { .chunk(OllamaWire.chatLine(model: "m", $0)) }
          + [.chunk(OllamaWire.chatEnd(model: "m", evalCount: 3) + "\n"), .endChunks])
    }
  }
}
