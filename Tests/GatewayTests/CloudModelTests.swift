import Configuration
import GatewayTesting
import Testing

/// What the account pays that Ollama is signed in with needs the operator's leave.
@Suite(.serialized) struct CloudModelTests {
  private static let chats = [
    "/api/chat", "/api/generate", "/api/embed", "/api/embeddings", "/v1/chat/completions", "/v1/completions",
    "/v1/embeddings", "/v1/responses", "/v1/messages",
  ]
  private static let tags =
    #"{"models":[{"name":"tinyllama:latest"},{"name":"alias:latest","remote_host":"https://ollama.com:443"}]}"#

  /// An Ollama with a model of its own and one under an innocent name that is another machine's.
  private func ollama(tags: String = CloudModelTests.tags) throws -> ScriptedOllama {
    try ScriptedOllama { request in
      switch request.path {
      case "/api/tags": .json(tags)
      default: OllamaResponses().script(for: request)
      }
    }
  }

  /// The requests that Ollama got but for those for its list.
  private func asked(_ ollama: ScriptedOllama) -> [String] {
    ollama.requests.map(\.path).filter { $0 != "/api/tags" }
  }

  @Test func theirNamesTell() async throws {
    try await withGateway(ollama: ollama(), { $0.allowCloudModels = false }) { gateway, ollama in
      for path in Self.chats {
        for name in ["own:cloud", "own:20b-cloud", " Own:20B-CLOUD ", "x:y:cloud"] {
          let response = try await TestClient.post(gateway.port, path, json: #"{"model":"\#(name)"}"#)
          #expect(response.status == 403 && response.text.contains("--allow-cloud-models"), "\(path) \(name)")
        }
      }
      #expect(ollama.requests.isEmpty)
    }
  }

  @Test func theListTells() async throws {
    try await withGateway(ollama: ollama(), { $0.allowCloudModels = false }) { gateway, ollama in
      for path in Self.chats {
        for name in [
          "alias", "ALIAS:latest", "library/alias", "registry.ollama.ai/library/alias:latest", " alias ",
        ] {
          let response = try await TestClient.post(
            gateway.port, path, json: #"{"model":"\#(name)","stream":false}"#)
          #expect(response.status == 403 && response.text.contains("--allow-cloud-models"), "\(path) \(name)")
        }
        let own = try await TestClient.post(
          gateway.port, path, json: #"{"model":"tinyllama","stream":false}"#)
        #expect(own.status != 403, "\(path)")
      }
      #expect(asked(ollama) == Self.chats)
      // Both workers have asked for it at the most once.
      #expect(ollama.requests.count { $0.path == "/api/tags" } <= 2)
    }
  }

  @Test func searchesOfTheWeb() async throws {
    try await withGateway(ollama: ollama(), { $0.allowCloudModels = false }) { gateway, ollama in
      for path in ["/v1/messages", "/v1/responses"] {
        let body =
          #"{"model":"tinyllama","stream":false,"tools":[{"type":"web_search_20250305","name":"web_search"}]}"#
        do {
          let response = try await TestClient.post(gateway.port, path, json: body)
          #expect(response.status == 403)
        }
      }
      #expect(asked(ollama).isEmpty)
    }
  }

  /// What is said is written down by a model that a form names, or the query.
  @Test func formsNameModelsAsWell() async throws {
    try await withGateway(ollama: ollama(), { $0.allowCloudModels = false }) { gateway, ollama in
      for (name, query, status) in [
        ("own:cloud", "", 403), ("alias", "", 403), ("tinyllama", "?model=own:cloud", 403),
        ("tinyllama", "?model=alias", 403), ("tinyllama", "", 200),
      ] {
        let body =
          "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n\(name)\r\n--x\r\n"
          + "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n--x--\r\n"
        let response = try await TestClient.request(
          gateway.port, "POST", "/v1/audio/transcriptions" + query,
          ["Content-Type": "multipart/form-data; boundary=x"], body: Array(body.utf8))
        #expect((response.status == 403) == (status == 403), "\(name) \(query)")
      }
      let unclear = try await TestClient.request(
        gateway.port, "POST", "/v1/audio/transcriptions", ["Content-Type": "multipart/form-data"],
        body: [0x2D])
      #expect(unclear.status == 400)
      let type = "application/x-www-form-urlencoded"
      for (body, status) in [("model=own:clou%64", 403), (#"{"a":"&model=own:cloud&"}"#, 403), ("a=b", 200)] {
        let response = try await TestClient.request(
          gateway.port, "POST", "/v1/another", ["Content-Type": type], body: Array(body.utf8))
        #expect((response.status == 403) == (status == 403), "\(body)")
      }
      #expect(asked(ollama).count == 2)
    }
  }

  /// To show one, to list them or to ask for its figures costs nothing.
  @Test func whatIsFreePasses() async throws {
    try await withGateway(ollama: ollama(), { $0.allowCloudModels = false }) { gateway, ollama in
      do {
        let response = try await TestClient.post(gateway.port, "/api/show", json: #"{"model":"own:cloud"}"#)
        #expect(response.status != 403)
      }
      do {
        let response = try await TestClient.get(gateway.port, "/v1/models/own:cloud")
        #expect(response.status != 403)
      }
      #expect(asked(ollama).count == 2)
    }
  }

  @Test func theOperatorMayAllowThem() async throws {
    try await withGateway(ollama: ollama(), { $0.allowCloudModels = true }) { gateway, ollama in
      for name in ["own:cloud", "alias"] {
        let body = #"{"model":"\#(name)","stream":false,"tools":[{"type":"web_search"}]}"#
        do {
          let response = try await TestClient.post(gateway.port, "/v1/messages", json: body)
          #expect(response.status != 403)
        }
      }
      #expect(ollama.requests.map(\.path) == ["/v1/messages", "/v1/messages"])
    }
  }

  @Test func theChatAPIRefusesThemAsWell() async throws {
    try await withGateway(ollama: ollama(), { $0.allowCloudModels = false }) { gateway, ollama in
      let client = ChatClient(gateway)
      for name in ["own:cloud", "alias", "Own:20b-CLOUD"] {
        for stream in [false, true] {
          let response = try await TestClient.post(
            gateway.port, ChatClient.path,
            json: ChatClient.body(stream: stream, #""model":"\#(name)""#))
          #expect(response.status == 403 && response.text.contains("--allow-cloud-models"), "\(name)")
        }
      }
      let socket = try await ChatWebSocket(gateway)
      await socket.chat("Hello", #""model":"alias""#)
      let error = try await socket.receive(through: "error").last
      #expect(error?["code"].string == "forbidden")
      #expect(asked(ollama).isEmpty)
      #expect(try await client.send("Hello", #""model":"tinyllama""#).status == 200)
    }
  }

  /// A model that is not in the list yet is looked for; one that a client makes is not taken for what it was.
  @Test func whatIsNewIsLookedFor() async throws {
    let ollama = try ScriptedOllama { request in
      switch request.path {
      case "/api/tags": .json(Self.tags)
      case "/api/copy": .json("{}")
      default: OllamaResponses().script(for: request)
      }
    }
    try await withGateway(
      ollama: ollama,
      {
        $0.allowCloudModels = false
        $0.allowModelManagement = true
        $0.workers = 1
      }
    ) { gateway, ollama in
      let ask = {
        try await TestClient.post(gateway.port, "/api/chat", json: #"{"model":"tinyllama","stream":false}"#)
      }
      #expect(try await ask().status == 200)
      #expect(try await ask().status == 200)
      #expect(ollama.requests.count { $0.path == "/api/tags" } == 1)
      let copy = try await TestClient.post(
        gateway.port, "/api/copy", json: #"{"source":"alias","destination":"tinyllama"}"#)
      #expect(copy.status == 200)
      #expect(try await ask().status == 200)
      #expect(ollama.requests.count { $0.path == "/api/tags" } == 2)
    }
  }

  /// Without a list there is no model of another machine.
  @Test(arguments: [#"{"error":"x"}"#, "nonsense", #"{"models":null}"#])
  func anOllamaThatListsNothing(tags: String) async throws {
    try await withGateway(ollama: ollama(tags: tags), { $0.allowCloudModels = false }) { gateway, _ in
      let response = try await TestClient.post(
        gateway.port, "/api/chat", json: #"{"model":"tinyllama","stream":false}"#)
      #expect(response.status == 200)
    }
  }

  @Test func anOllamaThatIsNotThere() async throws {
    try await withGateway(ollama: ollama(), { $0.allowCloudModels = false }) { gateway, ollama in
      ollama.stop()
      let response = try await TestClient.post(gateway.port, "/api/chat", json: #"{"model":"tinyllama"}"#)
      #expect(response.status == 503 && response.headers["Retry-After"] == "5")
    }
  }
}
