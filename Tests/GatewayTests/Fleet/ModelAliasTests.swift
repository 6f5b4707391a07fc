import Configuration
import GatewayTesting
import Testing

/// Names that stand for models, with one server and with several.
@Suite(.serialized) struct ModelAliasTests {
  private static func configure(_ configuration: inout Configuration) {
    configuration.modelAliases = ["gpt-4o=a", "claude-*=b", "loop=gpt-4o"].compactMap { ModelAlias($0) }
    configuration.defaultModel = "gpt-4o"
  }

  private static let inference: [(path: String, body: String)] = [
    ("/api/generate", #"{ "model" : "gpt-4o","prompt":"x","stream":false}"#),
    ("/api/chat", #"{"messages":[{"role":"user","content":"x"}],"model":"GPT-4o:latest","stream":false}"#),
    ("/v1/chat/completions", #"{"model":"gpt-4o","messages":[{"role":"user","content":"x"}]}"#),
    ("/v1/messages", #"{"mod\u0065l":"gpt-4o","max_tokens":5,"messages":[{"role":"user","content":"x"}]}"#),
  ]

  @Test func theNameIsReplacedInTheRequest() async throws {
    let ollama = try ScriptedOllama { _ in .json(#"{"model":"a","done":true}"#) }
    try await withGateway(ollama: ollama, Self.configure) { gateway, ollama in
      for (path, body) in Self.inference {
        let response = try await TestClient.post(gateway.port, path, json: body)
        #expect(response.status == 200, "\(path)")
        let sent = try #require(ollama.requests.last { $0.target == path })
        let name = body.contains("GPT") ? "GPT-4o:latest" : "gpt-4o"
        let expected = body.split(separator: #""\#(name)""#, omittingEmptySubsequences: false)
          .joined(separator: #""a""#)
        #expect(sent.text == expected)
      }
      // Each place, as which of them counts is Ollama's to say.
      _ = try await TestClient.post(
        gateway.port, "/api/generate", json: #"{"model":"x","MODEL":"claude-9","stream":false}"#)
      #expect(ollama.requests.last?.text == #"{"model":"b","MODEL":"b","stream":false}"#)
      // What it stands for is no alias.
      _ = try await TestClient.post(gateway.port, "/api/generate", json: #"{"model":"loop","stream":false}"#)
      #expect(ollama.requests.last?.text == #"{"model":"gpt-4o","stream":false}"#)
      let many = #"{"# + String(repeating: #""model":"gpt-4o","#, count: 20) + #""stream":false}"#
      #expect(try await TestClient.post(gateway.port, "/api/generate", json: many).status == 400)
    }
  }

  @Test(arguments: [true, false]) func theNameIsReplacedInAForm(allowsCloudModels: Bool) async throws {
    let ollama = try ScriptedOllama { request in
      .json(request.path == "/api/tags" ? #"{"models":[{"name":"a:latest"}]}"# : #"{"text":"x"}"#)
    }
    try await withGateway(
      ollama: ollama,
      {
        Self.configure(&$0)
        $0.allowCloudModels = allowsCloudModels
      }
    ) { gateway, ollama in
      func form(_ model: String) -> String {
        "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ngpt-4o\r\n"
          + "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n\(model)\r\n--b--\r\n"
      }
      for (name, model) in [("gpt-4o", "a"), ("other", "other")] {
        let response = try await TestClient.request(
          gateway.port, "POST", "/v1/audio/transcriptions",
          ["Content-Type": "multipart/form-data; boundary=b"], body: Array(form(name).utf8))
        #expect(response.status == 200)
        #expect(ollama.requests.last?.text == form(model))
      }
    }
  }

  @Test func managementTakesNamesAsTheyAre() async throws {
    let ollama = try ScriptedOllama { _ in .json(#"{"status":"success"}"#) }
    try await withGateway(
      ollama: ollama,
      {
        Self.configure(&$0)
        $0.allowModelManagement = true
      }
    ) { gateway, ollama in
      _ = try await TestClient.post(gateway.port, "/api/pull", json: #"{"model":"gpt-4o"}"#)
      #expect(ollama.requests.last?.text == #"{"model":"gpt-4o"}"#)
    }
  }

  @Test(arguments: [
    ("gpt-4o", "gpt-4o", "a"), ("GPT-4O:latest", "gpt-4o", "a"), ("claude-X", "claude-X", "b"),
    ("c", "x:latest", "c"),
  ])
  func oneModelIsShownByTheNameThatWasAskedFor(_ asked: String, _ id: String, _ model: String) async throws {
    let row = #"{"id":"x:latest","object":"model","created":7,"owned_by":"library"}"#
    let ollama = try ScriptedOllama { _ in .json(row) }
    try await withGateway(ollama: ollama, Self.configure) { gateway, ollama in
      let response = try await TestClient.get(gateway.port, "/v1/models/\(asked)")
      #expect(response.status == 200)
      #expect(response.text == row.replacing("x:latest", with: id))
      #expect(ollama.requests.last?.path == "/v1/models/\(model)")
      let missing = try await TestClient.get(gateway.port, "/v1/models/x/y")
      #expect(missing.json["id"] == "x:latest" || missing.status == 404)
    }
  }

  @Test(arguments: [1, 2]) func listsShowThem(servers: Int) async throws {
    let models = [["a"], ["b"]]
    try await withServers(
      servers == 1 ? ["a", "b"] : models[0], servers == 1 ? ["a", "b"] : models[1],
      configure: {
        Self.configure(&$0)
        if servers == 1 { $0.servers.removeLast() }
      }
    ) { gateway, _ in
      let tags = try await TestClient.get(gateway.port, "/api/tags").json["models"].array
      #expect(tags.compactMap { $0["name"].string }.sorted() == ["a:latest", "b:latest", "gpt-4o"])
      #expect(tags.last?["model"] == "gpt-4o")
      #expect(tags.last?["digest"] == tags.first { $0["name"] == "a:latest" }?["digest"])
      let openAI = try await TestClient.get(gateway.port, "/v1/models").json["data"].array
      #expect(openAI.last?["id"] == "gpt-4o")
      let chat = try await TestClient.get(gateway.port, "/api/v1/models").json["models"].array
      #expect(chat.last == "gpt-4o")
      let shown = try await TestClient.post(gateway.port, "/api/show", json: #"{"name":"gpt-4o"}"#)
      #expect(shown.json["modelfile"] == "FROM a:latest\n")
    }
  }

  @Test func theChatsModelIsTheRealOne() async throws {
    try await withServers(["a"], ["b"], configure: Self.configure) { gateway, ollamas in
      for (name, model) in [("gpt-4o", "a"), ("claude-3", "b")] {
        let response = try await TestClient.post(
          gateway.port, "/api/v1/chat", json: #"{"message":"hello","model":"\#(name)"}"#)
        #expect(response.status == 200)
        #expect(response.json["model"].string?.hasPrefix(model) == true)
      }
      let standard = try await TestClient.post(gateway.port, "/api/v1/chat", json: #"{"message":"hello"}"#)
      #expect(standard.status == 200)
      #expect(ollamas[0].snapshot.record.count("/api/chat") == 2)
      #expect(ollamas[1].snapshot.record.count("/api/chat") == 1)
    }
  }
}
