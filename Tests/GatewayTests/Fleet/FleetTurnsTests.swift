import Access
import Configuration
import Fleet
import GatewayTesting
import Testing

@testable import Accounts
@testable import Gateway
@testable import Handling

/// Whose turn it is at a server that is busy, by the keys that are shown.
@Suite(.serialized) struct FleetTurnsTests {
  /// A server of one slot that generates until ``SimulatedOllama/release()``, and what runs there.
  private static func withBusyServer(
    _ keys: TestKey..., body: (RunningGateway, SimulatedOllama) async throws -> Void
  ) async throws {
    try await withFleet(
      // Of what takes less than half a second one more is sent, which may overtake.
      1, { $1.tokenTime = .milliseconds(150) },
      {
        $0.servers[0].parallel = 1
        $0.trustTheTest()
      }
    ) { gateway, ollamas in
      try await gateway.waitForLists(1)
      let ollama = ollamas[0]
      _ = try await TestClient.post(ollama.port, "/api/generate", json: #"{"model":"a"}"#)
      ollama.hold { $0.tokens = 1 }
      let busy = try await Self.send("busy", to: gateway)
      try await ollamas.wait("it is busy") { $0[0].view.running == 1 }
      let directory = KeyDirectory(keys: keys.map(\.record), teams: [], isClosed: true)
      if !keys.isEmpty { gateway.gateway.services.access.use(directory) }
      try await body(gateway, ollama)
      ollama.release()
      _ = try await busy.perform { try $0.readResponse() }
    }
  }

  private static func send(
    _ text: String, to gateway: RunningGateway, _ headers: TestHeaders = [:]
  ) async throws -> TestClient {
    let depth = gateway.fleet.depth
    let client = try await TestClient.connect(gateway.port)
    try await client.perform {
      try $0.sendPost("/api/chat", json: FleetPrompt.chat("a", text, FleetPrompt.streamed), headers)
    }
    guard text != "busy" else { return client }
    try await eventually("\(text) waits") { gateway.fleet.depth == depth + 1 }
    return client
  }

  /// What was asked, in the order in which it came to the server.
  private static func order(_ ollama: SimulatedOllama) -> [String] {
    ollama.snapshot.http.exchanges.filter { $0.request.path == "/api/chat" }.compactMap {
      let text = String(decoding: $0.request.body.bytes, as: UTF8.self)
      return text.components(between: #""content":""#, and: "\"")
    }
  }

  private static func finish(_ clients: [TestClient], _ ollama: SimulatedOllama) async throws {
    ollama.release()
    for client in clients {
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.text.contains(#""done":true"#))
    }
  }

  @Test func aKeyWithOneRequestPassesAKeyWithMany() async throws {
    let (many, one) = (TestKey(), TestKey())
    let admin = TestKey(.adminRead)
    try await Self.withBusyServer(many, one, admin) { gateway, ollama in
      var clients: [TestClient] = []
      for number in 1...4 { clients.append(try await Self.send("many \(number)", to: gateway, many.headers)) }
      clients.append(try await Self.send("one", to: gateway, one.headers))
      let queue = try await TestClient.get(gateway.port, "/api/v1/admin/queue", admin.headers).json
      let rows = queue["waiting"].array
      #expect(rows.map { $0["position"].int ?? 0 } == Array(1...5))
      let flows = rows.map { $0["flow"].string ?? "" }
      // Of equal tags the first counts that came.
      #expect(flows.firstIndex(of: "key:\(one.record.id)") ?? 9 <= 1)
      #expect(flows.count { $0 == "key:\(many.record.id)" } == 4)
      try await Self.finish(clients, ollama)
      let order = Self.order(ollama)
      #expect(order.count == 6)
      #expect(order.firstIndex(of: "one") ?? 9 <= 2, "\(order)")
      #expect(order.filter { $0.hasPrefix("many") } == (1...4).map { "many \($0)" })
    }
  }

  @Test func thePriorityOfAKeyCounts() async throws {
    let batch = TestKey { $0.priority = .batch }
    let normal = TestKey()
    let interactive = TestKey { $0.priority = .interactive }
    try await Self.withBusyServer(batch, normal, interactive) { gateway, ollama in
      var clients: [TestClient] = []
      for (name, key) in [("batch", batch), ("normal", normal), ("interactive", interactive)] {
        clients.append(try await Self.send(name, to: gateway, key.headers))
      }
      try await Self.finish(clients, ollama)
      #expect(Self.order(ollama) == ["busy", "interactive", "normal", "batch"])
    }
  }

  /// The users whom one key names have turns of their own.
  @Test func usersHaveTurnsOfTheirOwn() async throws {
    let key = TestKey { $0.mayActForUsers = true }
    try await Self.withBusyServer(key) { gateway, ollama in
      func headers(_ user: String) -> TestHeaders {
        ["Authorization": "Bearer \(key.text.text)", "X-OpenWebUI-User-Id": "\(user)"]
      }
      var clients: [TestClient] = []
      for number in 1...3 {
        clients.append(try await Self.send("ann \(number)", to: gateway, headers("ann")))
      }
      clients.append(try await Self.send("bob", to: gateway, headers("bob")))
      try await Self.finish(clients, ollama)
      let order = Self.order(ollama)
      #expect(order.firstIndex(of: "bob") ?? 9 <= 2, "\(order)")
    }
  }

  /// Tokens and cookies can be had for nothing: without a key it is the address that counts.
  @Test func aTokenIsNoTurnOfItsOwn() async throws {
    try await Self.withBusyServer { gateway, ollama in
      var clients: [TestClient] = []
      for number in 1...3 {
        clients.append(
          try await Self.send(
            "many \(number)", to: gateway,
            ["X-Forwarded-For": "2001:db8::\(number)", "X-Session-Token": "token\(number)"]))
      }
      clients.append(try await Self.send("one", to: gateway, ["X-Forwarded-For": "2001:db8:1::1"]))
      try await Self.finish(clients, ollama)
      let order = Self.order(ollama)
      #expect(order.firstIndex(of: "one") ?? 9 <= 2, "\(order)")
    }
  }

  @Test func chatIsToldItsTrueTurn() async throws {
    let (many, one) = (TestKey(), TestKey())
    try await Self.withBusyServer(many, one) { gateway, ollama in
      var clients: [TestClient] = []
      for number in 1...3 { clients.append(try await Self.send("many \(number)", to: gateway, many.headers)) }
      let socket = try await ChatWebSocket(gateway, headers: one.headers)
      await socket.chat("one", #""model":"a""#)
      _ = try await socket.take("message_received")
      _ = try await socket.take("stream_start")
      let told = try await socket.take("queued")
      #expect((1...2).contains(told["position"].int ?? 0))
      let promised = told["position"].int ?? 0
      ollama.release()
      _ = try await socket.receive(through: "stream_end")
      try await Self.finish(clients, ollama)
      // What was busy came first.
      #expect(Self.order(ollama).firstIndex(of: "one") == promised)
    }
  }
}

extension String {
  fileprivate func components(between start: String, and end: Character) -> String? {
    var rest = self[...]
    var found: String?
    while let place = rest.firstRange(of: start) {
      rest = rest[place.upperBound...]
      found = String(rest.prefix { $0 != end })
    }
    return found
  }
}
