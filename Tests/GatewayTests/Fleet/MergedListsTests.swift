import Configuration
import GatewayTesting
import Testing

/// What several servers have, as one.
@Suite(.serialized) struct MergedListsTests {
  private func names(_ response: TestClient.Response) -> [String] {
    response.json["models"].array.compactMap { $0["name"].string }.sorted()
  }

  private func names(_ gateway: RunningGateway, _ path: String) async throws -> [String] {
    names(try await TestClient.get(gateway.port, path))
  }

  @Test func eachModelIsListedOnce() async throws {
    try await withServers(["a", "b"], ["b", "c"]) { gateway, ollamas in
      let tags = try await TestClient.get(gateway.port, "/api/tags")
      #expect(tags.status == 200)
      #expect(tags.headers["Content-Type"] == "application/json; charset=utf-8")
      #expect(names(tags) == ["a:latest", "b:latest", "c:latest"])
      #expect(tags.json["models"][0]["details"]["family"] == "llama")
      let openAI = try await TestClient.get(gateway.port, "/v1/models")
      #expect(openAI.json["object"] == "list")
      #expect(openAI.json["data"].array.compactMap { $0["id"].string }.sorted() == names(tags))
      let chat = try await TestClient.get(gateway.port, "/api/v1/chat/models")
      #expect(names(chat) == names(tags))
      #expect(try await TestClient.get(gateway.port, "/api/v1/chat/health").json["model_count"] == 3)
      let head = try await TestClient.request(gateway.port, "HEAD", "/api/tags")
      #expect(head.status == 200 && head.body.isEmpty)
      #expect(head.headers["Content-Length"] == tags.headers["Content-Length"])
      for ollama in ollamas { #expect(ollama.snapshot.record.count("/api/tags") > 0) }
    }
  }

  @Test func whatIsInMemoryIsThatOfAll() async throws {
    try await withServers(["a"], ["b"]) { gateway, _ in
      for model in ["a", "b"] {
        let response = try await TestClient.post(
          gateway.port, "/api/generate", json: #"{"model":"\#(model)","prompt":"x","stream":false}"#)
        #expect(response.status == 200)
      }
      #expect(try await names(gateway, "/api/ps") == ["a:latest", "b:latest"])
    }
  }

  @Test func theVersionIsTheLowest() async throws {
    let (new, old) = (try SimulatedOllama(), try SimulatedOllama())
    defer {
      new.stop()
      old.stop()
    }
    new.set { $0.version = "0.33.0" }
    old.set { $0.version = "0.9.3" }
    let gateway = try await RunningGateway(ollama: new.port) {
      $0.servers = [new, old].compactMap { OllamaServer($0.url) }
    }
    #expect(try await TestClient.get(gateway.port, "/api/version").json["version"] == "0.9.3")
    await gateway.stop()
  }

  @Test func aServerThatIsGoneIsLeftOut() async throws {
    try await withServers(["a"], ["b"]) { gateway, ollamas in
      ollamas[0].kill()
      let rest = try await names(gateway, "/api/tags")
      #expect(rest == ["b:latest"])
      ollamas[1].kill()
      let none = try await TestClient.get(gateway.port, "/api/tags")
      #expect(none.status == 503)
      #expect(none.json["error"].string?.contains("127.0.0.1") == false)
    }
  }

  @Test func aSilentServersListIsTheLast() async throws {
    try await withServers(["a"], ["b"]) { gateway, ollamas in
      let before = try await names(gateway, "/api/tags")
      #expect(before == ["a:latest", "b:latest"])
      ollamas[1].suspend()
      let after = try await names(gateway, "/api/tags")
      #expect(after == before)
      ollamas[1].resume()
    }
  }

  @Test func aCrowdIsServedWithOneQuestion() async throws {
    try await withServers(["a"], ["b"], configure: { $0.workers = 1 }) { gateway, ollamas in
      let all = try await names(gateway, "/api/tags")
      #expect(all == ["a:latest", "b:latest"])
      ollamas[1].suspend()
      let before = ollamas[0].snapshot.record.count("/api/tags")
      try await withThrowingTaskGroup(of: [String].self) { group in
        for path in Array(repeating: ["/api/tags", "/api/v1/chat/models"], count: 15).joined() {
          group.addTask { try await names(gateway, path) }
        }
        for try await names in group { #expect(names == ["a:latest", "b:latest"]) }
      }
      // Each question takes the silent server's two seconds.
      #expect(ollamas[0].snapshot.record.count("/api/tags") - before < 10)
      ollamas[1].resume()
    }
  }

  @Test func aModelIsShownByAServerThatHasIt() async throws {
    // Each worker remembers for itself.
    try await withServers(["a"], ["b"], configure: { $0.workers = 1 }) { gateway, ollamas in
      for model in ["a", "b"] {
        for key in ["model", "name"] {
          let shown = try await TestClient.post(gateway.port, "/api/show", json: #"{"\#(key)":"\#(model)"}"#)
          #expect(shown.status == 200)
          #expect(shown.json["modelfile"].string?.contains("\(model):latest") == true)
        }
      }
      // What was asked for is known for a while, once the servers have told their models.
      try await gateway.waitForLists(2)
      for _ in 0..<3 {
        let shown = try await TestClient.post(gateway.port, "/api/show", json: #"{"model": "b"}"#)
        #expect(shown.status == 200 && shown.json["modelfile"] == "FROM b:latest\n")
      }
      #expect(ollamas[1].snapshot.http.requests.count { $0.text == #"{"model": "b"}"# } == 1)
      let missing = try await TestClient.post(gateway.port, "/api/show", json: #"{"model":"x"}"#)
      #expect(missing.status == 404)
    }
  }
}
