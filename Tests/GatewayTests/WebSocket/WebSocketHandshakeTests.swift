import Configuration
import GatewayTesting
import Testing

/// The opening handshake, RFC 6455 section 4.2.1, field by field, by both names of the endpoint.
@Suite(.serialized) struct WebSocketHandshakeTests {
  @Test("The handshake's response is RFC 6455's", arguments: ChatWebSocket.routes)
  func theResponse(route: String) async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.send(TestWebSocket.handshake(route, ["X-Request-Id": "mine"]))
        return try connection.readHead()
      }
      #expect(response.status == 101)
      #expect(response.headers.values(of: "Connection") == ["Upgrade"])
      #expect(response.headers.values(of: "Upgrade") == ["websocket"])
      #expect(response.headers.values(of: "Sec-WebSocket-Accept") == [TestWebSocket.accept])
      #expect(response.headers.values(of: "X-Request-Id") == ["mine"])
      for name in [
        "Content-Length", "Transfer-Encoding", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
      ] {
        #expect(!response.headers.contains(name), "\(name)")
      }
    }
  }

  /// What is wrong with a handshake, and how it is refused.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    var fields: TestHeaders = [:]
    /// Fields that are left out.
    var without: [String] = []
    var method = "GET"
    var version = "HTTP/1.1"
    var status = 400

    var testDescription: String { name }

    /// The handshake's bytes.
    func request(_ route: String) -> [UInt8] {
      let whole = String(decoding: TestWebSocket.handshake(route, fields), as: UTF8.self)
      let lines = whole.split(separator: "\r\n", omittingEmptySubsequences: false).filter { line in
        !without.contains { line.lowercased().hasPrefix($0.lowercased() + ":") }
      }
      let rest = lines.dropFirst().joined(separator: "\r\n")
      return Array("\(method) \(route) \(version)\r\n\(rest)".utf8)
    }
  }

  private static let refusals = [
    Refusal(name: "no Upgrade", without: ["Upgrade"]),
    Refusal(name: "another protocol", fields: ["Upgrade": "h2c"]),
    Refusal(name: "no Connection", without: ["Connection"]),
    Refusal(name: "Connection without Upgrade", fields: ["Connection": "keep-alive"]),
    Refusal(name: "no version", without: ["Sec-WebSocket-Version"]),
    Refusal(name: "version 8", fields: ["Sec-WebSocket-Version": "8"], status: 426),
    Refusal(name: "version 14", fields: ["Sec-WebSocket-Version": "14"], status: 426),
    Refusal(name: "a version that is none", fields: ["Sec-WebSocket-Version": "thirteen"]),
    Refusal(name: "two versions", fields: ["Sec-WebSocket-Version": "13", "Sec-WebSocket-Version": "8"]),
    Refusal(name: "no key", without: ["Sec-WebSocket-Key"]),
    Refusal(name: "a short key", fields: ["Sec-WebSocket-Key": "c2hvcnQ="]),
    Refusal(name: "a key that is not base 64", fields: ["Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!=="]),
    Refusal(name: "HTTP/1.0", version: "HTTP/1.0"),
    Refusal(name: "POST", method: "POST", status: 405),
    Refusal(name: "a body", fields: ["Content-Length": "5"]),
    Refusal(name: "a foreign page", fields: ["Origin": "https://evil.example"], status: 403),
    Refusal(name: "a page without a name", fields: ["Origin": "null"], status: 403),
    Refusal(name: "a foreign name", fields: ["Host": "evil.example"], status: 403),
    Refusal(name: "no name", without: ["Host"]),
  ]

  @Test(arguments: refusals, ChatWebSocket.routes)
  func whatIsRefused(refusal: Refusal, route: String) async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.send(refusal.request(route))
        return try connection.readResponse()
      }
      #expect(response.status == refusal.status, "\(response)")
      #expect(!response.headers.contains("Sec-WebSocket-Accept"))
      #expect(response.headers["Sec-WebSocket-Version"] == (refusal.status == 426 ? "13" : nil))
      if refusal.status == 405 { #expect(response.headers["Allow"]?.hasPrefix("GET") == true) }
      #expect(try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 0)
    }
  }

  private static let refusedQueries = [
    "session_id=a%20b", "client_id=%2F", "after=-1", "after=x", "after=9223372036854775807", "after=1e3",
    "after=1.0",
    "after=99999999999999999999", "after=+5", "after=%D9%A1", "client_id=a%CC%81",
    "client_id=" + String(repeating: "%CC%81", count: 1000),
    "client_id=" + String(repeating: "a", count: 129),
    "session_id=" + String(repeating: "a", count: 4000), "session_id=%00", "session_id=..", "session_id=%2e",
    "session_id=a%FF",
    "client_id=%4", "after=%FF",
  ]

  @Test("Bad queries of a handshake are refused", arguments: refusedQueries, ChatWebSocket.routes)
  func badQueries(query: String, route: String) async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.send(TestWebSocket.handshake("\(route)?\(query)"))
        return try connection.readResponse()
      }
      #expect(response.status == 422 || response.status == 400, "\(response)")
      #expect(response.headers["Content-Type"] == "application/problem+json")
    }
  }

  @Test(arguments: ChatWebSocket.routes)
  func formsThatAreTaken(route: String) async throws {
    let forms: [TestHeaders] = [
      ["Connection": "keep-alive, upgrade", "Upgrade": "WebSocket"], ["Origin": "http://localhost:3000"],
      ["Sec-WebSocket-Protocol": "chat, superchat"], ["Sec-WebSocket-Extensions": "permessage-deflate"],
      ["Host": "127.0.0.1"],
    ]
    try await withGateway { gateway, _ in
      for form in forms {
        let socket = try await TestWebSocket.connect(gateway.port, route, form)
        #expect(try await socket.receiveJSON()["status"] == "connected")
        // Nothing is agreed to that is not spoken.
        let response = await socket.response.lowercased()
        #expect(!response.contains("sec-websocket-protocol") && !response.contains("extensions"))
        try await socket.close()
      }
      let slash = try await TestWebSocket.connect(gateway.port, route + "/")
      #expect(try await slash.receiveJSON()["type"] == "connection")
    }
  }

  /// A client that waits for nothing: what follows the handshake in the same segment is not lost.
  @Test(arguments: ChatWebSocket.routes)
  func framesAlongWithTheHandshake(route: String) async throws {
    try await withGateway { gateway, _ in
      let frames = [
        TestFrame.text(#"{"type":"ping"}"#), .ping("early"), .text(#"{"type":"chat","message":"Hi"}"#),
      ]
      let socket = try await TestWebSocket.connect(gateway.port, route, along: frames)
      #expect(try await socket.receiveJSON()["type"] == "connection")
      #expect(try await socket.receiveJSON()["type"] == "pong")
      #expect(try await socket.receive() == .pong(Array("early".utf8)))
      var types: [String?] = []
      repeat { types.append(try await socket.receiveJSON()["type"].string) } while types.last != "stream_end"
      #expect(types.first == "message_received")
    }
  }
}
