import GatewayTesting
import HTTPServer
import Testing

/// A server that goes down, and clients that cannot know.
@Suite struct DrainTests {
  @Test func whoHasJustConnectedIsServedAndWhoIsIdleIsNot() async throws {
    try await withServer({ $0.respond(.text("ok")) }) { server in
      let fresh = try await TestClient.connect(server.port)
      let idle = try await TestClient.connect(server.port)
      #expect(try await idle.perform { try $0.get("/").status } == 200)
      try await eventually("both are known") { await server.connectionCount == 2 }
      await server.drain()
      #expect(try await idle.perform { try $0.waitUntilClosedByPeer() } == .finished)
      #expect(await server.awaitsRequests)
      let response = try await fresh.perform { try $0.get("/") }
      #expect(response.status == 200)
      #expect(response.headers["Connection"] == "close")
      try await eventually("nobody is awaited") { await !server.awaitsRequests }
      try await eventually("all are gone") { await server.connectionCount == 0 }
    }
  }

  @Test func whoNeverAsksIsClosedInTheEnd() async throws {
    try await withServer({ $0.respond(.text("ok")) }) { server in
      let client = try await TestClient.connect(server.port)
      try await eventually("it is known") { await server.connectionCount == 1 }
      await server.drain()
      #expect(await server.awaitsRequests)
      await server.closeIdleConnections()
      #expect(try await client.perform { try $0.waitUntilClosedByPeer() } == .finished)
      #expect(await !server.awaitsRequests)
    }
  }
}
