import Configuration
import GatewayTesting
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// Everything under a path of the operator's choice.
@Suite(.serialized) struct BasePathTests {
  @Test func everyRouteIsUnderItAndOllamaDoesNotSeeIt() async throws {
    try await withGateway({ $0.basePath = BasePath("/ai")! }) { gateway, ollama in
      try await TestClient.run(gateway.port) { connection in
        for path in ["/ai", "/ai/", "/%61i"] {
          let service = try connection.get(path)
          #expect(service.status == 200 && service.json["status"] == "operational", "\(path)")
          #expect(service.json["docs"] == "/ai/docs" && service.json["api"] == "/ai/api/v1/")
          #expect(service.json["endpoints"]["chat"] == "/ai/api/v1/chat/")
        }
        for path in ["/ai/api/tags?x=%2F", "/ai/api/tags/?y", "/%61i/v1/models", "/ai/v1/models/tinyllama"] {
          let status = try connection.get(path).status
          #expect(status == 200, "\(path)")
        }
        let chat = try connection.post("/ai/api/v1/chat", json: #"{"message":"Hi","session_id":"s"}"#)
        #expect(chat.json["status"] == "success")
        #expect(try connection.get("/ai/api/v1/chat/sessions/s").json["total"] == 2)
      }
      #expect(
        ollama.requests.map(\.target) == [
          "/api/tags?x=%2F", "/api/tags?y", "/v1/models", "/v1/models/tinyllama", "/api/chat",
        ])
    }
  }

  @Test func withoutItThereIsNothingButHealth() async throws {
    try await withGateway({ $0.basePath = BasePath("/ai")! }) { gateway, ollama in
      try await TestClient.run(gateway.port) { connection in
        for path in [
          "/", "/api/tags", "/v1/models", "/aix/api/tags", "/ai%2Fapi/tags", "/ws", "/api/v1/chat/health",
        ] {
          let status = try connection.get(path).status
          #expect(status == 404, "\(path)")
        }
        for path in ["/health", "/health/ready", "/health/detailed/", "/ai/health", "/ai/health/ready"] {
          let status = try connection.get(path).status
          #expect(status == 200, "\(path)")
        }
        #expect(try connection.post("/health", json: "{}").status == 405)
      }
      #expect(ollama.requests.allSatisfy { $0.path == "/api/version" })
    }
  }

  /// By the path behind it; `instance` is the client's own.
  @Test func errorsHaveTheFormOfTheirAPI() async throws {
    try await withGateway({ $0.basePath = BasePath("/ai")! }) { gateway, _ in
      for path in ["/api/nothing", "/v1/nothing", "/v1/messages", "/api/v1/chat/sessions/none", "/nowhere"] {
        let response = try await TestClient.get(gateway.port, "/ai" + path)
        #expect(response.status >= 400)
        RelayErrorsTests.expectForm(of: path, response)
      }
      let problem = try await TestClient.get(gateway.port, "/ai/nowhere")
      #expect(problem.json["instance"] == "/ai/nowhere")
      let outside = try await TestClient.get(gateway.port, "/nowhere")
      #expect(outside.json["instance"] == "/nowhere")
    }
  }

  @Test func theLogHasTheRoute() async throws {
    try await withGateway({ $0.basePath = BasePath("/team/ai")! }) { gateway, _ in
      _ = try await TestClient.get(gateway.port, "/team/ai/api/v1/chat/sessions/none")
      _ = try await TestClient.get(gateway.port, "/api/tags")
      try await eventually("both are logged", state: { gateway.log }) {
        gateway.log.contains(" route=/api/v1/chat/sessions/{id} status=404 ")
          && gateway.log.contains(" route=unknown status=404 ")
      }
    }
  }

  @Test func webSocketsAreUnderIt() async throws {
    try await withGateway({ $0.basePath = BasePath("/ai")! }) { gateway, ollama in
      for route in ChatWebSocket.routes {
        let chat = try await ChatWebSocket(gateway, "/ai" + route)
        await chat.chat()
        _ = try await chat.receive(through: "stream_end")
        let outside = try await TestClient.run(gateway.port) { connection in
          try connection.send(TestWebSocket.handshake(route, [:]))
          return try connection.readHead().status
        }
        #expect(outside == 404)
      }
      #expect(ollama.requests.map(\.target).filter { $0 != "/api/tags" } == ["/api/chat", "/api/chat"])
    }
  }
}
