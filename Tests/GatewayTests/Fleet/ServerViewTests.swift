import Configuration
import GatewayTesting
import Testing

/// `/api/v1/admin/…`: what operators see of the servers, and what they can do.
@Suite(.serialized) struct ServerViewTests {
  private static let path = "/api/v1/admin/servers"

  @Test("An only server is asked when somebody looks") func theOnlyServer() async throws {
    let ollama = try SimulatedOllama(.init(["a", "b"]))
    defer { ollama.stop() }
    let gateway = try await RunningGateway(ollama: ollama.port)
    let generated = try await TestClient.post(
      gateway.port, "/api/generate", json: #"{"model":"a","prompt":"x","stream":false}"#)
    #expect(generated.status == 200)
    let response = try await TestClient.get(gateway.port, Self.path)
    #expect(response.status == 200)
    #expect(response.json["count"] == 1)
    let server = response.json["servers"][0]
    #expect(server["name"] == "server_1")
    #expect(server["url"].string == ollama.url)
    #expect(server["state"] == "up")
    #expect(server["version"] == "0.33.0")
    #expect(server["models"].array.map { $0["name"] } == ["a:latest", "b:latest"])
    #expect(server["instances"].array.map { $0["model"] } == ["a:latest"])
    #expect(server["instances"][0]["context_length"] == 4096)
    ollama.kill()
    try await eventually("it is seen to be down") {
      let servers = try await TestClient.get(gateway.port, Self.path).json["servers"]
      return servers[0]["state"] == "down"
    }
    await gateway.stop()
  }

  @Test("A drained server gets nothing new until it is resumed") func drain() async throws {
    try await withGateway { gateway, _ in
      let drained = try await TestClient.post(gateway.port, "\(Self.path)/server_1/drain", json: "")
      #expect(drained.status == 200)
      #expect(drained.json["name"] == "server_1")
      #expect(drained.json["draining"] == true && drained.json["state"] == "draining")
      let refused = try await TestClient.get(gateway.port, "/api/tags")
      #expect(refused.status == 503)
      let resumed = try await TestClient.request(gateway.port, "POST", "\(Self.path)/server_1/resume")
      #expect(resumed.status == 200)
      #expect(resumed.json["draining"] == false)
      #expect(try await TestClient.get(gateway.port, "/api/tags").status == 200)
    }
  }

  @Test func aServerThatIsNotThere() async throws {
    try await withGateway { gateway, _ in
      let one = try await TestClient.get(gateway.port, "\(Self.path)/server_1")
      #expect(one.status == 200 && one.json["name"] == "server_1" && one.json["state"] == "up")
      for name in ["gpu1", "server_2", "server_1%2Fx", "all"] {
        let unknown = try await TestClient.get(gateway.port, "\(Self.path)/\(name)")
        #expect(unknown.status == 404)
        #expect(unknown.text.contains("server_1"))
        for action in ["drain", "resume"] {
          let response = try await TestClient.request(gateway.port, "POST", "\(Self.path)/\(name)/\(action)")
          #expect(response.status == 404)
          RelayErrorsTests.expectForm(of: Self.path, response)
        }
      }
    }
  }

  @Test("The queue of a gateway with nothing to wait for") func emptyQueue() async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.get(gateway.port, "/api/v1/admin/queue")
      #expect(response.json == .object(["depth": 0, "waiting": .array([]), "count": 0]))
    }
  }

  @Test("Only callers on this machine may see and change it") func others() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let fields: TestHeaders = ["X-Forwarded-For": "203.0.113.2"]
      for (method, path) in [
        ("GET", Self.path), ("GET", "/api/v1/admin/queue"), ("POST", "\(Self.path)/server_1/drain"),
        ("POST", "\(Self.path)/server_1/resume"), ("POST", "\(Self.path)/none/drain"),
      ] {
        let response = try await TestClient.request(gateway.port, method, path, fields)
        #expect(response.status == 403, "\(path)")
      }
      #expect(try await TestClient.get(gateway.port, "/api/tags").status == 200)
    }
  }
}
