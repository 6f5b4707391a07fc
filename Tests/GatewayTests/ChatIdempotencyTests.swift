import GatewayTesting
import Testing

/// Who asks twice by one `Idempotency-Key` gets one generation.
@Suite struct ChatIdempotencyTests {
  private static func ask(
    _ gateway: RunningGateway, _ key: String, _ message: String = "Hi"
  ) async throws -> TestClient.Response {
    try await TestClient.post(
      gateway.port, ChatClient.path, json: ChatClient.body(message, session: "s"),
      ["Idempotency-Key": key])
  }

  @Test func allGetTheSame() async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let responses = try await withThrowingTaskGroup(of: TestClient.Response.self) { group in
        for _ in 0..<100 { group.addTask { try await Self.ask(gateway, "k") } }
        try await ollama.wait("it is asked") { $0.exchanges(for: "/api/chat").count == 1 }
        ollama.open("go")
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(responses.allSatisfy { $0.json["response"] == "One two three" })
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
      let history = try await ChatClient(gateway).history("s")
      #expect(history["total"] == 2)
      // And whoever comes later.
      let later = try await Self.ask(gateway, "k")
      #expect(later.json["response"] == "One two three")
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
    }
  }

  @Test func anotherBodyIsRefused() async throws {
    try await withGateway { gateway, _ in
      let first = try await Self.ask(gateway, "k")
      #expect(first.status == 200)
      let refused = try await Self.ask(gateway, "k", "Something else")
      #expect(refused.status == 422)
      #expect(refused.json["detail"].string?.contains("Idempotency-Key") == true)
      #expect(refused.json["errors"][0]["loc"].array.map(\.string) == ["header", "Idempotency-Key"])
      let other = try await Self.ask(gateway, "k2", "Something else")
      #expect(other.status == 200)
    }
  }

  @Test(arguments: ["a b", "é", String(repeating: "k", count: 256)])
  func whatIsNoKey(_ key: String) async throws {
    try await withGateway { gateway, ollama in
      let refused = try await Self.ask(gateway, key)
      #expect(refused.status == 422)
      #expect(ollama.snapshot.exchanges(for: "/api/chat").isEmpty)
    }
  }

  /// One that lost its connection does not ask twice.
  @Test func whoComesBackGetsTheRest() async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform {
        try $0.sendPost(ChatClient.path, json: ChatClient.body("Hi", session: "s"), ["Idempotency-Key": "k"])
      }
      try await eventually("two tokens are there") { await gateway.lastEvent(of: "s") == 2 }
      try await client.perform { $0.close() }
      async let again = Self.ask(gateway, "k")
      ollama.open("go")
      let response = try await again
      #expect(response.json["response"] == "One two three")
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
    }
  }
}
