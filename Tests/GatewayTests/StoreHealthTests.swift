import Configuration
import GatewayTesting
import Glibc
import Testing

/// What the gateway says of the store that keeps its sessions.
@Suite(.serialized) struct StoreHealthTests {
  private static func health(_ gateway: RunningGateway, _ fields: TestHeaders = [:]) async throws -> TestJSON
  {
    try await TestClient.get(gateway.port, "/health/detailed", fields).json
  }

  @Test("A store of SQLite: its place for this machine alone, its state while its file is away") func sqlite()
    async throws
  {
    let folder = TemporaryFolder()
    let path = "\(folder.path)/gateway.db"
    try await withGateway({
      $0.store = .sqlite(path: path)
      $0.trustTheTest()
    }) { gateway, _ in
      try await talk(gateway)
      let own = try await Self.health(gateway)["store"]
      #expect(own["kind"] == "sqlite" && own["state"] == "ok")
      #expect(own["location"].string == path)
      #expect(own["waiting"] == 0)
      #expect((own["bytes"].number ?? 0) > 0 && (own["latency_seconds"].number ?? 0) > 0)
      let foreign = try await Self.health(gateway, ["X-Forwarded-For": "192.0.2.1"])["store"]
      #expect(foreign.keys == ["bytes", "kind", "latency_seconds", "state", "waiting"])
      let metrics = try await Self.metrics(gateway)
      #expect(metrics.contains(#"ollama_gateway_store_up{kind="sqlite"} 1"#))
      #expect(metrics.contains(#"ollama_gateway_store_interrupted{kind="sqlite"} 0"#))

      #expect(rename(path, path + ".away") == 0)
      try await eventually("it is noticed at rest") {
        try await Self.health(gateway)["store"]["state"] == "failing"
      }
      let failing = try await Self.health(gateway)
      #expect(failing["status"] == "degraded")
      #expect(failing["store"]["error"].string?.contains(path) == true)
      let foreignFailure = try await Self.health(gateway, ["X-Forwarded-For": "192.0.2.1"])["store"]
      #expect(!foreignFailure.keys.contains("error"))
      let ready = try await TestClient.get(gateway.port, "/health/ready")
      #expect(ready.status == 200)
      #expect(try await Self.metrics(gateway).contains(#"ollama_gateway_store_up{kind="sqlite"} 0"#))
      let refused = try await Self.post(gateway)
      #expect(refused.status == 503 && refused.headers["Retry-After"] != nil)

      #expect(rename(path + ".away", path) == 0)
      try await eventually("it works again") { try await Self.health(gateway)["store"]["state"] == "ok" }
      try await talk(gateway)
      #expect(gateway.log.ranges(of: "the store does not work").count == 1)
      #expect(gateway.log.ranges(of: "the store works again").count == 1)
    }
  }

  @Test("durability: relaxed, and a store with more than it may have, are told in the log") func warnings()
    async throws
  {
    let folder = TemporaryFolder()
    try await withGateway({
      $0.store = .sqlite(path: "\(folder.path)/gateway.db")
      $0.durability = .relaxed
      $0.storeMax = 1024
    }) { gateway, _ in
      #expect(gateway.log.contains("durability: relaxed"))
      #expect(gateway.log.contains("the store is full"))
      let health = try await Self.health(gateway)
      #expect(health["store"]["state"] == "full" && health["status"] == "degraded")
      // Operators are told to watch it.
      #expect(try await Self.metrics(gateway).contains(#"ollama_gateway_store_up{kind="sqlite"} 0"#))
      #expect(try await Self.post(gateway).status == 503)
    }
  }

  @Test("PostgreSQL is a service of its own in the health documents") func postgresql() async throws {
    let server = try await PostgreSQLServer.started()
    let url = try await server.makeDatabase()
    let location = try #require(StoreLocation(url))
    try await withGateway({ $0.store = location }) { gateway, _ in
      try await talk(gateway)
      for path in ["/health/detailed", "/api/v1/health"] {
        let health = try await TestClient.get(gateway.port, path).json
        #expect(health["services"] == .object(["ollama": true, "postgres": true]))
        #expect(health["total_services"] == 2 && health["healthy_count"] == 2)
        #expect(health["store"]["kind"] == "postgresql" && health["store"]["state"] == "ok")
      }
      await server.kill()
      try await eventually("it is noticed at rest") {
        try await Self.health(gateway)["services"] == .object(["ollama": true, "postgres": false])
      }
      let one = try await TestClient.get(gateway.port, "/api/v1/health/services/postgres").json
      #expect(one["service"] == "postgres" && one["healthy"] == false)
      let list = try await TestClient.get(gateway.port, "/api/v1/health/services").json
      #expect(list["status"] == "degraded" && list["unhealthy_count"] == 1)
      try await server.start()
      try await eventually("it works again") { try await Self.health(gateway)["store"]["state"] == "ok" }
      try await talk(gateway)
      #expect(gateway.log.ranges(of: "the store does not work").count == 1)
      #expect(gateway.log.ranges(of: "the store works again").count == 1)
    }
    await server.stop()
    try await withGateway({ $0.store = .memory }) { gateway, _ in
      let none = try await TestClient.get(gateway.port, "/api/v1/health/services/postgres")
      #expect(none.status == 404)
    }
  }

  private static func metrics(_ gateway: RunningGateway) async throws -> String {
    String(decoding: try await TestClient.get(gateway.port, "/metrics").body, as: UTF8.self)
  }

  private static func post(_ gateway: RunningGateway) async throws -> TestClient.Response {
    try await TestClient.request(
      gateway.port, "POST", "/api/v1/chat/", ["Content-Type": "application/json"],
      body: Array(#"{"message":"Hello"}"#.utf8))
  }

  private func talk(_ gateway: RunningGateway) async throws {
    let response = try await Self.post(gateway)
    #expect(response.status == 200)
  }
}
