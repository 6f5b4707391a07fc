import Budgets
import Configuration
@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import GatewayTesting
import Testing

/// One client may hold a quarter of each table. Who it is, a trusted proxy says: the test.
@Suite(.serialized) struct ClientBoundsTests {
  private static let chat = #"{"model":"tinyllama","messages":[{"role":"user","content":"go"}]}"#

  private static func of(_ client: String) -> TestHeaders { ["X-Forwarded-For": client] }

  /// An Ollama whose responses wait at one gate.
  private static func gated() throws -> ScriptedOllama {
    try ScriptedOllama { request in
      request.path == "/api/chat" ? [.gate("go")] + .chat(["done"]) : OllamaResponses().script(for: request)
    }
  }

  /// Sends a message to the chat API whose generation waits until the gate opens.
  private func open(
    _ gateway: RunningGateway, _ client: String?, at path: String = "/api/chat", json: String = chat
  ) async throws -> TestClient {
    let connection = try await TestClient.connect(gateway.port)
    try await connection.perform { try $0.sendPost(path, json: json, client.map(Self.of) ?? [:]) }
    return connection
  }

  private func expectOverShare(_ response: TestClient.Response, _ delay: String, _ what: String) {
    #expect(response.status == 429, "\(what)")
    #expect(response.headers["Retry-After"] == delay)
    #expect(response.text.contains("One client may have"))
  }

  // MARK: Connections

  /// Behind a proxy a client's connections are its requests under way.
  @Test func requestsUnderWay() async throws {
    try await withGateway(
      ollama: try Self.gated(),
      {
        $0.trustTheTest()
        $0.maxConnections = 32
      }
    ) { gateway, ollama in
      var waiting: [TestClient] = []
      for number in 1...8 {
        // Eight addresses of one link are one client.
        waiting.append(try await open(gateway, "2001:db8:0:1::\(number)"))
        try await ollama.wait("\(number) wait") { $0.waiting(at: "go") == number }
      }
      for path in ["/api/tags", "/health", "/v1/models", "/api/v1/chat/sessions"] {
        let refused = try await TestClient.get(gateway.port, path, Self.of("2001:db8:0:1:ffff::1"))
        expectOverShare(refused, "1", path)
      }
      // Others: the next link, an IPv4 client, this machine, a proxy's own, one of whom nothing is said.
      for other in ["2001:db8:0:2::1", "203.0.113.9", "127.0.0.1", "unknown"] {
        #expect(
          try await TestClient.get(gateway.port, "/api/tags", Self.of(other)).status == 200, "\(other)")
      }
      #expect(try await TestClient.get(gateway.port, "/api/tags").status == 200)
      ollama.open("go")
      for client in waiting { #expect(try await client.perform { try $0.readResponse() }.status == 200) }
      try await eventually("there is room again") {
        try await TestClient.get(gateway.port, "/api/tags", Self.of("2001:db8:0:1::9")).status == 200
      }
    }
  }

  /// A proxy's connection counts for whom it speaks now, and for nobody in between.
  @Test func aKeptConnectionOfAProxyIsNobodys() async throws {
    try await withGateway({
      $0.trustTheTest()
      $0.maxConnections = 8
    }) { gateway, _ in
      var kept: [TestClient] = []
      for _ in 0..<4 {
        let client = try await TestClient.connect(gateway.port)
        for _ in 0..<3 {
          for address in ["203.0.113.9", "203.0.113.10"] {
            let response = try await client.perform { try $0.get("/api/tags", Self.of(address)) }
            #expect(response.status == 200)
          }
        }
        kept.append(client)
      }
      #expect(kept.count == 4)
      try await eventually("nobody holds anything", state: { "\(gateway.gateway.services.clients.count)" }) {
        let account = gateway.gateway.services.clients.account(of: .v4(0xCB00_7109))
        return account.count(of: .connection) == 0
      }
    }
  }

  @Test func withASmallTableOneRequestIsServed() async throws {
    try await withGateway({
      $0.trustTheTest()
      $0.maxConnections = 2
      $0.maxWebSockets = 1
      $0.maxTurns = 1
    }) { gateway, _ in
      let client = try await TestClient.connect(gateway.port)
      for number in 0..<3 {
        let response = try await client.perform {
          try $0.post(
            ChatClient.path, json: ChatClient.body(session: "s\(number)"), Self.of("203.0.113.9"))
        }
        #expect(response.status == 200, "a quarter is never less than one")
      }
    }
  }

  // MARK: WebSockets

  @Test("A client has its share of WebSockets, and no more") func webSockets() async throws {
    try await withGateway({
      $0.trustTheTest()
      $0.maxWebSockets = 8
    }) { gateway, _ in
      func handshake(_ client: String?) async throws -> TestClient.Response {
        try await TestClient.run(gateway.port) { connection in
          try connection.send(TestWebSocket.handshake("/ws", client.map(Self.of) ?? [:]))
          return try connection.readHead()
        }
      }
      func socket(_ client: String) async throws -> TestClient {
        let connection = try await TestClient.connect(gateway.port)
        let status = try await connection.perform {
          try $0.send(TestWebSocket.handshake("/ws", Self.of(client)))
          return try $0.readHead().status
        }
        #expect(status == 101)
        return connection
      }
      let held = [try await socket("203.0.113.9"), try await socket("203.0.113.9")]
      let refused = try await handshake("203.0.113.9")
      #expect(refused.status == 429 && refused.headers["Retry-After"] == "5")
      #expect(try await TestClient.get(gateway.port, "/api/tags", Self.of("203.0.113.9")).status == 200)
      // The table: of eight, two are the client's.
      var others: [TestClient] = []
      for number in 1...6 { others.append(try await socket("198.51.100.\(number)")) }
      for client in ["198.51.100.99", nil] as [String?] {
        let full = try await handshake(client)
        #expect(
          full.status == 503 && full.headers["Retry-After"] == "5", "who has no share has no place either")
      }
      try await held[0].perform { $0.reset() }
      try await eventually("a place is free") { gateway.gateway.services.webSockets.count == 7 }
      #expect(try await handshake("203.0.113.9").status == 101)
      for client in others + held.dropFirst() { try await client.perform { $0.close() } }
      try await eventually("all places are free") { gateway.gateway.services.webSockets.count == 0 }
    }
  }

  /// A handshake that is refused, or whose client resets at once, holds nothing.
  @Test func aHandshakeThatComesToNothing() async throws {
    try await withGateway({
      $0.trustTheTest()
      $0.maxWebSockets = 8
    }) { gateway, _ in
      for number in 0..<20 {
        try await TestClient.run(gateway.port) { connection in
          try connection.send(TestWebSocket.handshake("/ws", Self.of("203.0.113.9")))
          if number.isMultiple(of: 2) { _ = try connection.readHead() }
          connection.reset()
        }
        try await eventually("nothing is held") { gateway.gateway.services.webSockets.count == 0 }
      }
    }
  }

  // MARK: Turns

  /// Running and waiting ones, by HTTP and by WebSocket.
  @Test("A client has its share of turns, and no more") func turns() async throws {
    try await withGateway(
      ollama: try Self.gated(),
      {
        $0.trustTheTest()
        $0.maxTurns = 12
      }
    ) { gateway, ollama in
      let body = ChatClient.body("go", session: "s")
      let first = try await open(gateway, "203.0.113.9", at: ChatClient.path, json: body)
      try await gateway.waitForTurns(running: 1, waiting: 0)
      let second = try await open(gateway, "203.0.113.9", at: ChatClient.path, json: body)
      try await gateway.waitForTurns(running: 1, waiting: 1)
      let third = try await open(
        gateway, "203.0.113.9", at: ChatClient.path, json: ChatClient.body("go", session: "another"))
      try await gateway.waitForTurns(running: 2, waiting: 1)
      let refused = try await TestClient.post(
        gateway.port, ChatClient.path, json: body, Self.of("203.0.113.9"))
      expectOverShare(refused, "5", "a fourth turn")
      // What is relayed is no turn.
      let relayed = try await open(gateway, "203.0.113.9")
      try await ollama.wait("it is asked") { $0.waiting(at: "go") == 3 }
      let other = try await open(
        gateway, "198.51.100.1", at: ChatClient.path, json: ChatClient.body("go", session: "other"))
      try await gateway.waitForTurns(running: 3, waiting: 1)
      ollama.open("go")
      for client in [first, second, third, relayed, other] {
        #expect(try await client.perform { try $0.readResponse() }.status == 200)
      }
      // The share is free as soon as the response is there.
      for _ in 0..<5 {
        let response = try await TestClient.post(
          gateway.port, ChatClient.path, json: body, Self.of("203.0.113.9"))
        #expect(response.status == 200)
      }
      try await eventually("no place is taken") { gateway.gateway.services.turns.count == 0 }
    }
  }

  @Test func aFullTableOfTurns() async throws {
    try await withGateway(ollama: try Self.gated(), { $0.maxTurns = 2 }) { gateway, ollama in
      var clients: [TestClient] = []
      for number in 1...2 {
        clients.append(
          try await open(
            gateway, nil, at: ChatClient.path, json: ChatClient.body("go", session: "s\(number)")))
        try await gateway.waitForTurns(running: number, waiting: 0)
      }
      let full = try await TestClient.post(
        gateway.port, ChatClient.path, json: ChatClient.body("go", session: "s3"))
      #expect(full.status == 503 && full.headers["Retry-After"] == "5")
      // By a WebSocket as well.
      let socket = try await ChatWebSocket(gateway, session: "s4")
      await socket.chat("go")
      let error = try #require(try await socket.receive(through: "error").last)
      #expect(error["message"] == "2 answers are running or waiting.", "\(error)")
      ollama.open("go")
      for client in clients { #expect(try await client.perform { try $0.readResponse() }.status == 200) }
      await socket.chat("go")
      _ = try await socket.receive(through: "stream_end")
      try await eventually("no place is taken") { gateway.gateway.services.turns.count == 0 }
    }
  }

  /// A client that leaves has no turn any more, be it running (after the grace) or waiting.
  @Test func turnsOfAClientThatLeft() async throws {
    try await withGateway(ollama: try Self.gated(), { $0.sessionGrace = .zero }) { gateway, ollama in
      let body = ChatClient.body("go", session: "s", stream: true)
      let running = try await open(gateway, nil, at: ChatClient.path, json: body)
      try await gateway.waitForTurns(running: 1, waiting: 0)
      let waiting = try await open(gateway, nil, at: ChatClient.path, json: body)
      try await gateway.waitForTurns(running: 1, waiting: 1)
      #expect(gateway.gateway.services.turns.count == 2)
      try await waiting.perform { $0.reset() }
      try await eventually("the one that waited is gone") { gateway.gateway.services.turns.count == 1 }
      try await running.perform { $0.reset() }
      try await eventually("the other as well") { gateway.gateway.services.turns.count == 0 }
    }
  }

  // MARK: Sessions

  /// By every way in that makes one.
  @Test("A client has its share of sessions, and no more") func sessions() async throws {
    try await withGateway({
      $0.trustTheTest()
      $0.maxSessions = 8
    }) { gateway, _ in
      func talk(_ session: String?, _ client: String?) async throws -> TestClient.Response {
        try await TestClient.post(
          gateway.port, ChatClient.path, json: ChatClient.body(session: session),
          client.map(Self.of) ?? [:])
      }
      for session in ["one", nil] {
        #expect(try await talk(session, "203.0.113.9").status == 200)
      }
      for session in ["two", nil] {
        expectOverShare(try await talk(session, "203.0.113.9"), "60", "a third session")
      }
      let handshake = try await TestClient.run(gateway.port) { connection in
        try connection.send(TestWebSocket.handshake("/ws", Self.of("203.0.113.9")))
        return try connection.readHead()
      }
      #expect(handshake.status == 429 && handshake.headers["Retry-After"] == "60")
      try await eventually("it holds no place") { gateway.gateway.services.webSockets.count == 0 }
      #expect(try await talk("one", "203.0.113.9").status == 200, "one that is there goes on")
      #expect(try await talk("theirs", "198.51.100.1").status == 200)
      #expect(try await talk("ours", nil).status == 200)
      let deleted = try await TestClient.run(gateway.port) {
        try $0.request("DELETE", "\(ChatClient.path)/sessions/one", Self.of("203.0.113.9"))
      }
      #expect(deleted.status == 200)
      #expect(try await talk("three", "203.0.113.9").status == 200)
    }
  }
}
