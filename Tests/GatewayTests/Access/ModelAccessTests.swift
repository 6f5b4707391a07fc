import Access
import Configuration
import GatewayTesting
import Testing

@testable import Gateway
@testable import Handling

/// Which models a key may use and see.
@Suite(.serialized) struct ModelAccessTests {
  private static let tags = """
    {"models":[{"name":"llama3:8b","model":"llama3:8b","digest":"aa"},{"name":"secret:70b","model":"secret:70b","digest":"bb"},\
    {"name":"copy:latest","model":"copy:latest","digest":"bb"}]}
    """
  private static let openAI =
    #"{"object":"list","data":[{"id":"llama3:8b","object":"model"},{"id":"secret:70b","object":"model"},{"id":"copy:latest","object":"model"}]}"#

  private func ollama() throws -> ScriptedOllama {
    try ScriptedOllama { request in
      switch request.path {
      case "/api/tags", "/api/ps": .json(Self.tags)
      case "/v1/models": .json(Self.openAI)
      case "/api/chat":
        Script(
          [.streamHead(), .chunk(OllamaWire.chatEnd(model: "m", evalCount: 3) + "\n"), .endChunks])
      default: .json("{}")
      }
    }
  }

  private static func key(_ models: [String], _ scopes: Scopes = [.inference, .chat, .modelsRead]) -> TestKey
  {
    TestKey(scopes) { $0.models = ModelRules(models) }
  }

  private static let chats = [
    "/api/chat", "/api/generate", "/api/embed", "/v1/chat/completions", "/v1/completions", "/v1/embeddings",
    "/v1/responses", "/v1/messages",
  ]

  @Test func callsForOthersAreRefused() async throws {
    try await withGateway(
      ollama: ollama(),
      { $0.modelAliases = [ModelAlias("gpt=llama3:8b")!, ModelAlias("best=secret:70b")!] }
    ) { gateway, ollama in
      let key = Self.key(["llama3*"])
      gateway.use(key)
      let caller = Caller(onThisMachine: gateway, key.headers)
      for path in Self.chats {
        for name in ["secret:70b", "no-such-model", "best", "llama3@sha256:bb", "x/llama3", "llama3 x"] {
          let response = try await caller.request("POST", path, json: #"{"model":"\#(name)","stream":false}"#)
          #expect(response.status == 403, "\(path) \(name)")
          #expect(response.text.contains("is not allowed for this key"))
        }
        for name in ["llama3:8b", "LLAMA3:8B", "library/llama3:8b", "gpt"] {
          let response = try await caller.request("POST", path, json: #"{"model":"\#(name)","stream":false}"#)
          #expect(response.status == 200, "\(path) \(name)")
        }
        // Of two names it is Ollama's to say which counts.
        let two = #"{"model":"secret:70b","Model":"llama3:8b","stream":false}"#
        #expect(try await caller.request("POST", path, json: two).status == 403)
      }
      #expect(try await caller.say("Hi", session: nil, #""model":"llama3:8b""#).status == 200)
      let chat = try await caller.say("Hi", session: nil, #""model":"best""#)
      #expect(
        chat.status == 403 && chat.json["detail"] == #"model "best:latest" is not allowed for this key"#)
      let socket = try await caller.socket()
      #expect(socket.connection["capabilities"]["models"] == .array(["llama3:8b", "gpt"]))
      await socket.chat("Hi", #""model":"secret:70b""#)
      #expect(try await socket.take("error")["code"] == "forbidden")
      // What models can do the gateway asks itself.
      #expect(!ollama.requests.contains { $0.path != "/api/show" && $0.text.contains("secret") })
      for path in ["/v1/newer", "/api/newer"] {
        #expect(try await caller.request("POST", path, json: "{}").status == 403)
      }
    }
  }

  @Test(arguments: [
    (["llama3*"], ["llama3:8b"]), (["!secret*"], ["llama3:8b"]), ([], []),
    (["*"], ["llama3:8b", "secret:70b", "copy:latest"]),
    (["copy", "llama3:8b"], ["llama3:8b", "copy:latest"]),
  ])
  func listsShowWhatMayBeUsed(_ rules: [String], _ names: [String]) async throws {
    try await withGateway(ollama: ollama()) { gateway, _ in
      let key = Self.key(rules)
      gateway.use(key)
      let caller = Caller(onThisMachine: gateway, key.headers)
      for path in ["/api/tags", "/api/ps"] {
        let models = try await caller.get(path).json["models"].array.map { $0["name"].string ?? "?" }
        #expect(Set(models) == Set(names), "\(path)")
      }
      let openAI = try await caller.get("/v1/models").json["data"].array.map { $0["id"].string ?? "?" }
      #expect(Set(openAI) == Set(names))
      let chat = try await caller.get("/api/v1/chat/models").json["models"].array.map {
        $0["name"].string ?? "?"
      }
      #expect(Set(chat) == Set(names))
      #expect(try await caller.get("/api/v1/models").json["count"].int == names.count)
      for name in ["llama3:8b", "secret:70b", "copy:latest"] {
        let show = try await caller.request("POST", "/api/show", json: #"{"model":"\#(name)"}"#)
        let one = try await caller.get("/v1/models/\(name)")
        if names.contains(name) {
          #expect(show.status == 200 && one.status == 200, "\(name)")
        } else {
          #expect(show.status == 404 && one.status == 404, "\(name)")
          #expect(show.json["error"].string == "model '\(name)' not found")
        }
      }
    }
  }

  /// What a `!` closes is closed under every name that it has.
  @Test func aCopyOfAClosedModelStaysClosed() async throws {
    try await withGateway(ollama: ollama()) { gateway, ollama in
      let key = Self.key(["!secret*"], [.inference, .chat, .modelsRead, .modelsManage])
      gateway.use(key)
      let caller = Caller(onThisMachine: gateway, key.headers)
      for path in Self.chats {
        let response = try await caller.request("POST", path, json: #"{"model":"copy","stream":false}"#)
        #expect(response.status == 403, "\(path)")
      }
      #expect(try await caller.say("Hi", session: nil, #""model":"copy""#).status == 403)
      for (method, path, body) in [
        ("POST", "/api/copy", #"{"source":"secret:70b","destination":"mine"}"#),
        ("POST", "/api/copy", #"{"source":"copy","destination":"mine"}"#),
        ("POST", "/api/copy", #"{"source":"llama3:8b","destination":"secret:70b"}"#),
        ("POST", "/api/create", #"{"model":"mine","from":"copy"}"#),
        ("POST", "/api/create", #"{"model":"mine","files":{"a.gguf":"sha256:bb"}}"#),
        ("POST", "/api/create", #"{"name":"mine","modelfile":"FROM secret:70b"}"#),
        ("POST", "/api/push", #"{"model":"copy"}"#),
        ("POST", "/api/pull", #"{"name":"secret:70b"}"#),
        ("DELETE", "/api/delete", #"{"model":"llama3:8b","name":"secret:70b"}"#),
      ] {
        #expect(try await caller.request(method, path, json: body).status == 403, "\(path) \(body)")
      }
      let blob = "/api/blobs/sha256:" + String(repeating: "b", count: 64)
      #expect(try await caller.request("HEAD", blob).status == 403)
      #expect(ollama.requests.allSatisfy { $0.path == "/api/tags" })
      let copy = #"{"source":"llama3:8b","destination":"mine"}"#
      #expect(try await caller.request("POST", "/api/copy", json: copy).status == 200)
    }
  }
}
