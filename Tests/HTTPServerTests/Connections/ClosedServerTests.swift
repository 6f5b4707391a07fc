import EventLoop
import GatewayTesting
import System
import Testing

@testable import HTTPServer

/// Timers refer to their owners without owning them: those of a server that is closed must not fire.
@Suite struct ClosedServerTests {
  private static let limit = Duration.milliseconds(300)

  @Test func timersEndWithTheirServer() async throws {
    try await withServer {
      // The others never get a response.
      if $0.request.target == "/responds" { $0.respond(.text("x")) }
    } limits: {
      $0.headerTimeout = Self.limit
      $0.keepAliveTimeout = Self.limit
      $0.sendTimeout = Self.limit
    } run: { server in
      let clients = [
        "", "GET / HT", "GET /waits HTTP/1.1\r\nHost: a\r\n\r\n", "GET /responds HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /waits HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
      ]
      var connections: [TestClient] = []
      for text in clients {
        let client = try await TestClient.connect(server.port)
        try await client.perform { try $0.send(Array(text.utf8)) }
        connections.append(client)
      }
      try await eventually("requests are there") { server.record.withLock { $0.began } >= 2 }
      await server.close()
      // Due after all of theirs.
      await withCheckedContinuation { continuation in
        let loop = server.loop
        loop.execute { loop.makeTimer { continuation.resume() }.schedule(after: Self.limit * 2) }
      }
      #expect(await server.connectionCount == 0)
      _ = connections
    }
  }
}
