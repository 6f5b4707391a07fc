import GatewayTesting
import Testing

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
}
