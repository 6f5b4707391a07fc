import Configuration
import GatewayTesting
import Testing

/// The paths that the first system's own client and tests ask for.
@Suite struct FirstSystemTests {
  @Test func theNamesOfModels() async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.get(gateway.port, "/api/v1/models")
      #expect(response.status == 200)
      #expect(response.json.keys == ["available_detailed", "count", "downloadable", "models", "note"])
      #expect(response.json["models"] == .array(["tinyllama:latest", "smollm2:135m"]))
      #expect(response.json["count"] == 2)
      #expect(response.json["downloadable"] == .array([]))
      #expect(response.json["note"].string?.isEmpty == false)
      let first = response.json["available_detailed"][0]
      #expect(first.keys == ["available", "name", "provider", "size"])
      #expect(
        first["name"] == "tinyllama:latest" && first["provider"] == "ollama" && first["available"] == true)
      #expect(first["size"] == 270_898_672)
      ollama.respond { _ in .error(500, "broken") }
      let broken = try await TestClient.get(gateway.port, "/api/v1/models")
      #expect(broken.status == 502)
      RelayErrorsTests.expectForm(of: "/api/v1/models", broken)
    }
    try await withoutOllama { gateway in
      let response = try await TestClient.get(gateway.port, "/api/v1/models")
      #expect(response.status == 503, "no canned response")
      #expect(response.headers["Retry-After"] != nil)
    }
  }

  @Test func theHealthOfTheServices() async throws {
    try await withGateway { gateway, _ in
      let summary = try await TestClient.get(gateway.port, "/api/v1/health").json
      #expect(
        summary.keys == [
          "healthy_count", "services", "status", "store", "total_services", "uptime_seconds", "version",
        ])
      #expect(summary["status"] == "healthy" && summary["services"] == .object(["ollama": true]))
      #expect(summary["healthy_count"] == 1 && summary["total_services"] == 1)
      let uptime = try #require(summary["uptime_seconds"].number)
      #expect(uptime >= 0)
      #expect(
        try await TestClient.get(gateway.port, "/api/v1/health").json["uptime_seconds"].number ?? 0 >= uptime)
      let list = try await TestClient.get(gateway.port, "/api/v1/health/services/").json
      #expect(
        list
          == .object([
            "total_services": 1, "healthy_count": 1, "unhealthy_count": 0, "status": "healthy",
            "services": .array([.object(["name": "ollama", "status": "healthy", "healthy": true])]),
          ]))
      let one = try await TestClient.get(gateway.port, "/api/v1/health/services/ollama").json
      #expect(one == .object(["service": "ollama", "status": "healthy", "healthy": true]))
      for name in ["voice", "OLLAMA", "ollama%00x", "ollama%CC%81", "a/b"] {
        let unknown = try await TestClient.get(gateway.port, "/api/v1/health/services/\(name)")
        #expect(unknown.status == (name.contains("%00") ? 400 : 404), "\(name)")
      }
    }
    try await withoutOllama { gateway in
      let summary = try await TestClient.get(gateway.port, "/api/v1/health")
      #expect(summary.status == 200)
      #expect(summary.json["status"] == "degraded" && summary.json["services"] == .object(["ollama": false]))
      let list = try await TestClient.get(gateway.port, "/api/v1/health/services")
      #expect(list.status == 200)
      #expect(list.json["status"] == "degraded" && list.json["unhealthy_count"] == 1)
      let one = try await TestClient.get(gateway.port, "/api/v1/health/services/ollama")
      #expect(one.status == 200)
      #expect(one.json == .object(["service": "ollama", "status": "unhealthy", "healthy": false]))
    }
  }

  @Test(
    "The first system's simple chat works",
    arguments: ["/api/v1/simple_chat", "/api/v1/chat/simple", "/api/v1/simple_chat/"])
  func simpleChat(path: String) async throws {
    try await withGateway { gateway, ollama in
      // As the first system's client sends it; the response comes in one piece.
      let response = try await TestClient.post(
        gateway.port, path, json: #"{"message":"Hello","session_id":"s","stream":true,"max_tokens":"5"}"#)
      #expect(response.status == 200)
      #expect(response.headers["Content-Type"] == "application/json")
      #expect(response.json.keys == ["metadata", "model", "response", "session_id", "success", "timestamp"])
      #expect(response.json["response"].string == OllamaResponses.defaultTokens.prefix(5).joined())
      #expect(response.json["model"] == "tinyllama:latest" && response.json["success"] == true)
      #expect(response.json["session_id"] == "s" && response.json["timestamp"].string?.isTimestamp == true)
      let metadata = response.json["metadata"]
      #expect(metadata["done_reason"] == "length" && metadata["usage"]["completion_tokens"] == 5)
      #expect(metadata["response_time"].number ?? -1 >= 0)
      #expect(try await ChatClient(gateway).history("s")["total"] == 2)
      let empty = try await TestClient.post(gateway.port, path, json: #"{"message":""}"#)
      #expect(empty.status == 422)
      #expect(empty.json["errors"][0]["loc"] == .array(["body", "message"]))
      let unknown = try await TestClient.post(
        gateway.port, path, json: #"{"message":"m","model":"nobody"}"#)
      #expect(unknown.status == 404)
    }
    try await withoutOllama { gateway in
      let response = try await TestClient.post(gateway.port, path, json: #"{"message":"Hello"}"#)
      #expect(response.status == 503, "no canned response")
    }
  }

  /// What was said until somebody stopped it is no success.
  @Test func aSimpleResponseThatIsStopped() async throws {
    try await withGateway(ollama: try .pausing()) { gateway, _ in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { connection in
        try connection.sendPost("/api/v1/simple_chat", json: #"{"message":"m","session_id":"s"}"#)
      }
      try await eventually("two tokens are there") { await gateway.lastEvent(of: "s") == 2 }
      let stop = try await TestClient.request(gateway.port, "DELETE", "/api/v1/chat/sessions/s/stream")
      #expect(stop.json["stopped"] == true)
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.json["success"] == false && response.json["response"] == "One two ")
      #expect(response.json["metadata"]["done_reason"] == "cancelled")
    }
  }

  @Test("The root says what the first system's said") func theRoot() async throws {
    try await withGateway { gateway, _ in
      let service = try await TestClient.get(gateway.port, "/").json
      #expect(service["status"] == "operational")
      #expect(service["docs"] == "/docs" && service["api"] == "/api/v1/")
    }
  }

  /// Of a query the fault stands in the query.
  @Test func faultsOfQueries() async throws {
    try await withGateway { gateway, _ in
      for path in ["/api/v1/chat/sessions?limit=0", "/ws?session_id=%2F"] {
        let headers: TestHeaders = [
          "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        let response = try await TestClient.get(gateway.port, path, path.hasPrefix("/ws") ? headers : [:])
        #expect(response.status == 422)
        let name = path.hasPrefix("/ws") ? "session_id" : "limit"
        #expect(response.json["errors"][0]["loc"].array == ["query", .string(name)])
        #expect(response.json["errors"][0]["msg"] == response.json["detail"])
      }
    }
  }
}
