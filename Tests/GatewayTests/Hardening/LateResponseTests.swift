import Configuration
import GatewayTesting
import Testing

/// Requests that a task serves, refused by the server before the task has its response.
@Suite struct LateResponseTests {
  static let paths = [
    "/api/v1/chat/models", "/api/v1/chat/health", "/health/detailed", "/health/ready", "/metrics",
    "/api/v1/chat/sessions", "/api/v1/chat/sessions/a", "/api/v1/chat/sessions/a/stream",
  ]

  /// A body is announced and does not come: 408 at the time limit, however late or early the task's response is, and once.
  @Test(arguments: [Duration.zero, .milliseconds(250)]) func aBodyThatNeverComes(_ delay: Duration)
    async throws
  {
    let ollama = try ScriptedOllama { request in
      [.pause(delay)] + OllamaResponses().script(for: request)
    }
    try await withGateway(ollama: ollama) {
      $0.headerTimeout = .milliseconds(100)
    } _: { gateway, _ in
      for method in ["GET", "DELETE"] {
        for path in Self.paths {
          let exchange = try await RawExchange.send(
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n", to: gateway.port)
          // What a path or a method is refused for needs no body.
          let status = try #require(exchange.response?.status)
          #expect(status == 408 || [404, 405].contains(status), "\(method) \(path): \(exchange)")
          #expect(exchange.isClosed, "\(method) \(path): \(exchange)")
        }
      }
      #expect(try await TestClient.get(gateway.port, "/health").status == 200)
      #expect(!gateway.log.contains("two responses"))
    }
  }

  /// A handshake has no body: it is refused at once.
  @Test(arguments: ["Content-Length: 5", "Transfer-Encoding: chunked"])
  func aHandshakeWithABody(_ field: String) async throws {
    try await withGateway { gateway, _ in
      let exchange = try await RawExchange.send(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(field)\r\n\r\n",
        to: gateway.port)
      #expect(exchange.response?.status == 400)
      #expect(exchange.isClosed)
    }
  }

  /// The question to Ollama ends with the client that it was for.
  @Test(arguments: [Departure.finished, .reset]) func theTaskIsCancelled(_ departure: Departure) async throws
  {
    let ollama = try ScriptedOllama { _ in .silent }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { try $0.sendRequest("GET", "/api/v1/chat/models") }
      try await ollama.wait("the question is there") { $0.inProgressCount == 1 }
      try await client.perform { connection in
        switch departure {
        case .finished: connection.close()
        case .reset: connection.reset()
        }
      }
      try await ollama.wait("it has ended") { $0.inProgressCount == 0 && $0.openConnections == 0 }
    }
  }

  /// And with one that was refused.
  @Test func theTaskIsCancelledByARefusal() async throws {
    let ollama = try ScriptedOllama { _ in .silent }
    try await withGateway(ollama: ollama) {
      $0.headerTimeout = .milliseconds(100)
    } _: { gateway, ollama in
      let exchange = try await RawExchange.send(
        "GET /api/v1/chat/models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n", to: gateway.port)
      #expect(exchange.response?.status == 408)
      try await ollama.wait("the question has ended") { $0.endedCount == 1 && $0.openConnections == 0 }
    }
  }
}
