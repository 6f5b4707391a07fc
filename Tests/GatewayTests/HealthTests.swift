import Configuration
import Gateway
import GatewayTesting
import Testing

/// What the gateway says of itself and of the Ollama behind it.
@Suite(.serialized) struct HealthTests {
  @Test func theProcessServes() async throws {
    try await withoutOllama { gateway in
      for path in ["/health", "/health/"] {
        let response = try await TestClient.get(gateway.port, path)
        #expect(response.status == 200, "whatever Ollama does")
        #expect(response.json == .object(["status": "healthy", "app": "ollama-gateway"]))
        #expect(response.headers["Content-Type"] == "application/json")
      }
      let head = try await TestClient.request(gateway.port, "HEAD", "/health")
      #expect(head.status == 200)
      #expect(head.body.isEmpty)
    }
  }

  /// A load balancer asks every second: it keeps its connection.
  @Test func checksKeepTheirConnection() async throws {
    try await withGateway { gateway, _ in
      try await TestClient.run(gateway.port) { connection in
        for path in ["/health", "/health/detailed", "/health/ready", "/", "/nowhere", "/api/v1/chat/health"] {
          let response = try connection.get(path)
          #expect(response.headers["Connection"]?.lowercased() != "close", "\(path)")
        }
        #expect(try connection.get("/health").status == 200)
      }
    }
  }

  @Test("The detailed report names Ollama") func theDetails() async throws {
    try await withGateway { gateway, _ in
      let healthy = try await TestClient.get(gateway.port, "/health/detailed")
      #expect(healthy.status == 200)
      #expect(
        healthy.json.keys == [
          "app", "healthy_count", "services", "status", "store", "total_services", "version",
        ])
      #expect(healthy.json["status"] == "healthy")
      #expect(healthy.json["app"] == "ollama-gateway")
      #expect(healthy.json["services"] == .object(["ollama": true]))
      #expect(healthy.json["healthy_count"] == 1)
      #expect(healthy.json["total_services"] == 1)
      #expect(healthy.json["store"] == .object(["kind": "memory", "state": "ok"]))
      #expect(healthy.json["version"].string?.isEmpty == false)
    }
    try await withoutOllama { gateway in
      let degraded = try await TestClient.get(gateway.port, "/health/detailed")
      #expect(degraded.status == 200)
      #expect(degraded.json["status"] == "degraded")
      #expect(degraded.json["services"] == .object(["ollama": false]))
      #expect(degraded.json["healthy_count"] == 0)
    }
  }

  @Test("The gateway is ready while Ollama is reachable") func readiness() async throws {
    try await withGateway { gateway, ollama in
      let ready = try await TestClient.get(gateway.port, "/health/ready")
      #expect(ready.status == 200)
      for script in [Script.text("It works!"), .error(500, "broken")] {
        ollama.respond { _ in script }
        // What was known is believed for a second.
        try await eventually("that is no Ollama") {
          try await TestClient.get(gateway.port, "/health/ready").status == 503
        }
      }
    }
    try await withoutOllama { gateway in
      let response = try await TestClient.get(gateway.port, "/health/ready")
      #expect(response.status == 503)
      #expect(response.headers["Retry-After"] != nil)
      RelayErrorsTests.expectForm(of: "/health/ready", response)
    }
  }

  @Test("One question to Ollama for all who ask how it is") func oneQuestion() async throws {
    let ollama = try ScriptedOllama { [.gate("version")] + OllamaResponses().script(for: $0) }
    try await withGateway(ollama: ollama) { running, ollama in
      let port = running.port
      let paths = ["/health/ready", "/health/detailed", "/api/v1/health", "/metrics"]
      let tasks = (0..<12).map { number in
        Task { try await TestClient.get(port, paths[number % paths.count]).status }
      }
      try await eventually("all are there") { await running.gateway.figures().requests == tasks.count }
      try await ollama.wait("it is asked") { $0.waiting(at: "version") == 1 }
      #expect(ollama.requests.map(\.path) == ["/api/version"])
      ollama.open("version")
      for task in tasks { #expect(try await task.value == 200) }
    }
  }

  @Test("A request that cannot reach Ollama says so to all who ask then") func whatACallFinds() async throws {
    let ollama = try ScriptedOllama()
    try await withGateway(ollama: ollama) { gateway, ollama in
      let before = try await TestClient.get(gateway.port, "/health/ready")
      #expect(before.status == 200)
      ollama.stop()
      let refused = try await TestClient.get(gateway.port, "/api/tags")
      #expect(refused.status == 503)
      // Not a second later.
      let after = try await TestClient.get(gateway.port, "/health/ready")
      #expect(after.status == 503)
    }
  }

  @Test("Lists of models are asked for each time") func listsAreAsked() async throws {
    try await withGateway { gateway, ollama in
      for path in ["/api/v1/chat/health", "/api/v1/chat/models", "/api/v1/chat/health"] {
        let response = try await TestClient.get(gateway.port, path)
        #expect(response.status == 200)
      }
      #expect(ollama.requests.count { $0.path == "/api/tags" } == 3)
    }
  }

  @Test func theChatAPIsHealth() async throws {
    try await withGateway { gateway, ollama in
      let healthy = try await TestClient.get(gateway.port, "/api/v1/chat/health")
      #expect(healthy.status == 200)
      #expect(healthy.json.keys == ["model_count", "ollama_url", "status", "timestamp"])
      #expect(healthy.json["status"] == "healthy")
      #expect(healthy.json["ollama_url"].string == ollama.url)
      #expect(healthy.json["model_count"] == 2)
      #expect(healthy.json["timestamp"].string?.isTimestamp == true)
      ollama.respond { _ in .error(500, "broken") }
      let broken = try await TestClient.get(gateway.port, "/api/v1/chat/health")
      #expect(broken.status == 200)
      #expect(broken.json["status"] == "unhealthy")
    }
    try await withoutOllama { gateway in
      let unhealthy = try await TestClient.get(gateway.port, "/api/v1/chat/health")
      #expect(unhealthy.status == 200)
      #expect(unhealthy.json.keys == ["error", "ollama_url", "status", "timestamp"])
      #expect(unhealthy.json["status"] == "unhealthy")
      #expect(unhealthy.json["error"].string?.isEmpty == false)
    }
  }

  @Test("The chat's report counts Ollama's models") func theModels() async throws {
    try await withGateway { gateway, ollama in
      for path in ["/api/v1/chat/models", "/api/v1/chat/models/"] {
        let response = try await TestClient.get(gateway.port, path)
        #expect(response.status == 200)
        #expect(response.json.keys == ["count", "models", "ollama_url"])
        #expect(response.json["count"] == 2)
        #expect(response.json["ollama_url"].string == ollama.url)
        #expect(response.json["models"].array.map { $0["name"] } == ["tinyllama:latest", "smollm2:135m"])
        let model = response.json["models"][0]
        #expect(model.keys == ["modified", "name", "size"])
        #expect(model["size"] == 270_898_672)
        #expect(model["modified"] == "2026-01-01T12:00:00.123456789Z")
      }
      ollama.respond { _ in .ollamaJSON(#"{"models":null}"#) }
      let none = try await TestClient.get(gateway.port, "/api/v1/chat/models")
      #expect(none.json["models"] == .array([]))
      #expect(none.json["count"] == 0)
    }
  }

  @Test func modelsOfAnOllamaThatFails() async throws {
    let (broken, mute) = (try ScriptedOllama(), try ScriptedOllama { _ in .silent })
    try await withGateway(ollama: broken) { gateway, ollama in
      for script in [
        Script.error(500, "broken"), .garbageBody, .json("[]"), .cutBeforeHead(), .garbage,
      ] {
        ollama.respond { _ in script }
        let response = try await TestClient.get(gateway.port, "/api/v1/chat/models")
        #expect(response.status == 502)
        RelayErrorsTests.expectForm(of: "/api/v1/chat/models", response)
      }
    }
    try await withGateway(ollama: mute, { $0.firstByteTimeout = .milliseconds(200) }) { gateway, _ in
      let response = try await TestClient.get(gateway.port, "/api/v1/chat/models")
      #expect(response.status == 504)
      RelayErrorsTests.expectForm(of: "/api/v1/chat/models", response)
    }
    try await withoutOllama { gateway in
      let response = try await TestClient.get(gateway.port, "/api/v1/chat/models")
      #expect(response.status == 503)
      #expect(response.headers["Retry-After"] != nil)
    }
  }

  /// Many models on a gateway whose clients may send little.
  @Test func aThousandModels() async throws {
    let models = (0..<1000).map { "model-\($0):latest" }
    let responses = OllamaResponses(models: models)
    let ollama = try ScriptedOllama { responses.script(for: $0) }
    try await withGateway(ollama: ollama, { $0.maxBodyBytes = 1024 }) { gateway, _ in
      let response = try await TestClient.get(gateway.port, "/api/v1/chat/models")
      #expect(response.json["count"] == 1000)
      #expect(response.json["models"][999]["name"] == "model-999:latest")
    }
  }

  @Test("The root tells of the gateway") func theRoot() async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.get(gateway.port, "/")
      #expect(response.status == 200)
      #expect(response.headers["Content-Type"] == "application/json")
      #expect(response.json["app"] == "ollama-gateway")
      #expect(response.json["version"].string?.isEmpty == false)
    }
  }
}
