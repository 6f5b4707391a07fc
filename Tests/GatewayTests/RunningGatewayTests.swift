import Configuration
import GatewayTesting
import Handling
import Sessions
import System
import Testing

@testable import Gateway

@Suite struct RunningGatewayTests {
  @Test func startsRespondsAndStops() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, ollama in
      let health = try await TestClient.get(gateway.port, "/health")
      #expect(health.status == 200)
      #expect(health.json["status"] == "healthy")
      let tags = try await TestClient.get(gateway.port, "/api/tags", ["X-Request-Id": "from-the-test"])
      #expect(tags.status == 200)
      #expect(tags.json["models"].count == 2)
      #expect(ollama.requests.map(\.path) == ["/api/tags"])
      // The line is written when the exchange is over, which is after the client has its last byte.
      try await eventually("the request is logged") { gateway.log.contains("request_id=from-the-test") }
    }
  }

  /// A registry that stays looks at its store each second for ever.
  @Test func nothingIsLeftOfWhatHasStopped() async throws {
    let isGone = Lock<(@Sendable () -> Bool)?>(nil)
    let folder = TemporaryFolder()
    try await withGateway({ $0.store = .sqlite(path: "\(folder.path)/gateway.db") }) { gateway, _ in
      let health = try await TestClient.get(gateway.port, "/health")
      #expect(health.status == 200)
      weak let registry = gateway.gateway.services.registry
      isGone.withLock { $0 = { registry == nil } }
    }
    try await eventually("its sessions are gone") { isGone.withLock { $0 }?() == true }
  }
}
