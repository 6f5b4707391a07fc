import Configuration
import GatewayTesting
import Testing

/// Requests that change the Ollama server need the operator's leave.
@Suite(.serialized) struct RelayManagementTests {
  private static let requests: [(method: String, path: String, body: String?)] = [
    ("POST", "/api/pull", #"{"model":"m"}"#), ("POST", "/api/push", #"{"model":"m"}"#),
    ("POST", "/api/create", #"{"model":"m","from":"n"}"#),
    ("POST", "/api/copy", #"{"source":"m","destination":"n"}"#),
    ("DELETE", "/api/delete", #"{"model":"m"}"#), ("HEAD", "/api/blobs/sha256:01", nil),
    ("POST", "/api/blobs/sha256:01", "content"),
  ]

  @Test func refusedByDefaultAndNothingReachesOllama() async throws {
    try await withGateway { gateway, ollama in
      for (method, path, body) in Self.requests {
        let response = try await TestClient.request(
          gateway.port, method, path, body: body.map { Array($0.utf8) })
        #expect(response.status == 403, "\(method) \(path)")
        guard method != "HEAD" else { continue }
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.json["error"].string?.contains("--allow-model-management") == true)
        #expect(response.json.keys == ["error"])
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  @Test func allowedByTheOption() async throws {
    let ollama = try ScriptedOllama { request in
      request.method == "HEAD" ? [.head(200, ["Content-Length": "0"])] : .json(#"{"status":"success"}"#)
    }
    try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, ollama in
      for (method, path, body) in Self.requests {
        let response = try await TestClient.request(
          gateway.port, method, path, body: body.map { Array($0.utf8) })
        #expect(response.status == 200, "\(method) \(path)")
        #expect(ollama.requests.last?.method == method)
        #expect(ollama.requests.last?.target == path)
        #expect(ollama.requests.last?.text == body ?? "")
      }
    }
  }

  private static let unloads = [
    #"{"model":"m","keep_alive":0}"#, #"{"model":"m","keep_alive":"0"}"#, #"{"model":"m","keep_alive":"0s"}"#,
    #"{"model":"m","keep_alive":-0}"#, #"{"model":"m","keep_alive":0.0}"#,
    #"{"keep_alive":5,"model":"m","keep_alive":0}"#, #"{"model":"m","KEEP_alive":0}"#,
    #"{"model":"m","keep\u005falive":0}"#, "{\"model\":\"m\",\"\u{212A}eep_alive\":\"0m\"}",
    #"{"model":"m","keep_alive":"999ms"}"#,
    #"{"model":"m","keep_alive":9223372037}"#,
  ]

  @Test(arguments: ["/api/generate", "/api/chat", "/api/embed", "/api/embeddings"])
  func unloadingIsRefusedInEverySpelling(path: String) async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for body in Self.unloads {
        let response = try await TestClient.post(gateway.port, path, json: body)
        #expect(response.status == 403, "\(body)")
        let error = response.json["error"]
        #expect((error.string ?? error["message"].string)?.contains("keep_alive") == true)
      }
      #expect(ollama.snapshot.requestCount == 0)
      let kept = try await TestClient.post(gateway.port, path, json: #"{"model":"m","keep_alive":"5m"}"#)
      #expect(kept.status == 200)
    }
  }

  /// Nothing reads it there, so nothing is wrong with it.
  @Test(arguments: ["/v1/chat/completions", "/v1/messages", "/v1/embeddings", "/v1/responses", "/api/show"])
  func elsewhereAKeepAliveMeansNothing(path: String) async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for body in Self.unloads + [#"{"model":"m","keep_alive":true}"#, #"{"model":"m","keep_alive":"x"}"#] {
        let response = try await TestClient.post(gateway.port, path, json: body)
        #expect(response.status == 200, "\(body)")
        #expect(ollama.requests.last?.text == body)
      }
    }
  }

  @Test func unloadingIsAllowedByTheOption() async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, ollama in
      for body in Self.unloads {
        let response = try await TestClient.post(gateway.port, "/api/generate", json: body)
        #expect(response.status == 200, "\(body)")
        #expect(ollama.requests.last?.text == body)
      }
    }
  }
}
