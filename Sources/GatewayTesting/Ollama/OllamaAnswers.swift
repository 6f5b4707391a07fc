internal import EventLoop

/// What a small, healthy Ollama answers: the default of ``ScriptedOllama``.
///
/// ```swift
/// let answers = OllamaAnswers(tokens: ["a", "b"], interval: .milliseconds(50))
/// let ollama = try ScriptedOllama { answers.script(for: $0) }
/// ```
public struct OllamaAnswers: Sendable {
  /// What it says when it is not told otherwise.
  public static let defaultTokens = ["Hel", "lo", " from", " the", " fake", " Ollama", "."]

  /// The models it has, with their tags.
  public var models: [String]
  /// What it says to everything, a line each.
  public var tokens: [String]
  /// The time between two tokens.
  public var interval: Duration
  public var version: String
  /// The digests of the blobs it was given.
  private let blobs = Lock<Set<String>>([])

  public init(
    models: [String] = ["tinyllama:latest", "smollm2:135m"], tokens: [String] = defaultTokens,
    interval: Duration = .zero, version: String = "0.9.3"
  ) {
    self.models = models
    self.tokens = tokens
    self.interval = interval
    self.version = version
  }

  /// The answer to a request whose body is whole.
  public func script(for request: ScriptedOllama.Request) -> Script {
    if request.path.hasPrefix("/api/blobs/") { return blob(request) }
    switch (request.method, request.path) {
    case ("GET", "/"), ("HEAD", "/"): return reply(request, .text("Ollama is running"))
    case ("GET", "/api/version"), ("HEAD", "/api/version"):
      return reply(request, .json(#"{"version":"\#(version)"}"#))
    case ("GET", "/api/tags"), ("HEAD", "/api/tags"): return reply(request, .json(tags))
    case ("GET", "/api/ps"): return .json(loadedModels)
    case ("GET", "/v1/models"): return .json(openAIModels)
    case ("POST", "/api/show"), ("POST", "/api/chat"), ("POST", "/api/generate"), ("POST", "/api/embed"),
      ("POST", "/api/embeddings"):
      return native(request)
    case ("POST", "/v1/chat/completions"): return completions(request)
    case (_, let path) where Self.paths.contains(path):
      return .response(405, type: "text/plain", Array("405 method not allowed".utf8))
    default: return .response(404, type: "text/plain", Array("404 page not found".utf8))
    }
  }

  private static let paths: Set = [
    "/", "/api/version", "/api/tags", "/api/ps", "/v1/models", "/api/show", "/api/chat", "/api/generate",
    "/api/embed", "/api/embeddings", "/v1/chat/completions",
  ]

  /// An answer to HEAD has the head alone.
  private func reply(_ request: ScriptedOllama.Request, _ script: Script) -> Script {
    guard request.method == "HEAD", case .send(let bytes) = script.steps[0].action else { return script }
    let end = bytes.indices.first { bytes[$0...].starts(with: [0x0d, 0x0a, 0x0d, 0x0a]) }!
    return [.bytes(Array(bytes[..<(end + 4)]))]
  }

  /// A name without a tag means `:latest`.
  private func has(_ model: String) -> Bool {
    models.contains(model.contains(":") ? model : model + ":latest")
  }
}

// MARK: - /api

extension OllamaAnswers {
  private func native(_ request: ScriptedOllama.Request) -> Script {
    guard request.body.count > 0 else { return .error(400, "missing request body") }
    guard let json = try? TestJSON(request.body.bytes) else {
      return .error(400, "invalid character in request body")
    }
    let model = json["model"].string ?? json["name"].string ?? ""
    guard !model.isEmpty else { return .error(400, "model is required") }
    guard has(model) else { return .modelNotFound(model) }
    switch request.path {
    case "/api/show": return .json(show(model))
    case "/api/embed": return embed(model, json["input"])
    case "/api/embeddings": return .json(#"{"embedding":[0.1,0.2,0.3]}"#)
    case "/api/chat": return chat(model, json)
    default: return generate(model, json)
    }
  }

  private func chat(_ model: String, _ json: TestJSON) -> Script {
    // Without messages it only loads the model, or unloads it.
    if json["messages"].count == 0 {
      let reason = json["keep_alive"] == 0 ? "unload" : "load"
      return .json(
        #"{"model":\#(OllamaWire.quoted(model)),"created_at":"\#(OllamaWire.time)","#
          + #""message":{"role":"assistant","content":""},"done_reason":"\#(reason)","done":true}"#)
    }
    let (tokens, reason) = limited(json)
    if json["stream"] == false {
      return .json(
        OllamaWire.chatEnd(model: model, tokens.joined(), reason: reason, evalCount: tokens.count))
    }
    return .chat(tokens, model: model, every: interval, reason: reason)
  }

  private func generate(_ model: String, _ json: TestJSON) -> Script {
    let (tokens, reason) = limited(json)
    if json["stream"] == false {
      return .json(
        OllamaWire.generateEnd(model: model, tokens.joined(), reason: reason, evalCount: tokens.count))
    }
    return .generate(tokens, model: model, every: interval, reason: reason)
  }

  /// `options.num_predict` cuts the answer, and the reason is then `length`.
  private func limited(_ json: TestJSON) -> (tokens: [String], reason: String) {
    guard let limit = json["options"]["num_predict"].int, limit >= 0, limit < tokens.count else {
      return (tokens, "stop")
    }
    return (Array(tokens.prefix(limit)), "length")
  }

  private func embed(_ model: String, _ input: TestJSON) -> Script {
    let count = input.array.isEmpty ? 1 : input.count
    let vectors = Array(repeating: "[0.1,0.2,0.3]", count: count).joined(separator: ",")
    return .json(
      #"{"model":\#(OllamaWire.quoted(model)),"embeddings":[\#(vectors)],"total_duration":1234567,"#
        + #""load_duration":234567,"prompt_eval_count":\#(count * 3)}"#)
  }

  private func blob(_ request: ScriptedOllama.Request) -> Script {
    let digest = String(request.path.dropFirst("/api/blobs/".count))
    switch request.method {
    case "HEAD":
      let isThere = blobs.withLock { $0.contains(digest) }
      return [.head(isThere ? 200 : 404, ["Date": Script.date, "Content-Length": "0"])]
    case "POST":
      let isNew = blobs.withLock { $0.insert(digest).inserted }
      return [.head(isNew ? 201 : 200, ["Date": Script.date, "Content-Length": "0"])]
    default: return .response(405, type: "text/plain", Array("405 method not allowed".utf8))
    }
  }
}

// MARK: - /v1

extension OllamaAnswers {
  private func completions(_ request: ScriptedOllama.Request) -> Script {
    guard let json = try? TestJSON(request.body.bytes) else {
      return openAIError(400, "invalid character in request body", "invalid_request_error")
    }
    guard json["messages"].count > 0 else {
      return openAIError(400, "[] is too short - 'messages'", "invalid_request_error")
    }
    let model = json["model"].string ?? ""
    guard has(model) else {
      return openAIError(404, "model \"\(model)\" not found, try pulling it first", "not_found_error")
    }
    if json["stream"] == true {
      return .completions(
        tokens, model: model, every: interval, includesUsage: json["stream_options"]["include_usage"] == true)
    }
    let body = OllamaWire.completion(model: model, tokens.joined(), completionTokens: tokens.count)
    return .response(200, type: "application/json", Array(body.utf8))
  }

  private func openAIError(_ status: Int, _ message: String, _ type: String) -> Script {
    .response(status, type: "application/json", Array(OllamaWire.openAIError(message, type: type).utf8))
  }

  private var openAIModels: String {
    let list = models.map {
      #"{"id":\#(OllamaWire.quoted($0)),"object":"model","created":1767268800,"owned_by":"library"}"#
    }
    return #"{"object":"list","data":[\#(list.joined(separator: ","))]}"# + "\n"
  }
}

// MARK: - Models

extension OllamaAnswers {
  private static let digest = String(repeating: "0123456789abcdef", count: 4)
  private static let details =
    #"{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"#
    + #""parameter_size":"134.52M","quantization_level":"F16"}"#

  private var tags: String {
    let list = models.map {
      #"{"name":\#(OllamaWire.quoted($0)),"model":\#(OllamaWire.quoted($0)),"modified_at":"\#(OllamaWire.time)","#
        + #""size":270898672,"digest":"\#(Self.digest)","details":\#(Self.details)}"#
    }
    return #"{"models":[\#(list.joined(separator: ","))]}"#
  }

  private var loadedModels: String {
    let list = models.prefix(1).map {
      #"{"name":\#(OllamaWire.quoted($0)),"model":\#(OllamaWire.quoted($0)),"size":500000000,"#
        + #""digest":"\#(Self.digest)","details":\#(Self.details),"expires_at":"2026-01-01T12:05:00Z","#
        + #""size_vram":0}"#
    }
    return #"{"models":[\#(list.joined(separator: ","))]}"#
  }

  private func show(_ model: String) -> String {
    #"{"modelfile":"FROM \#(model)\n","parameters":"stop \"<|im_end|>\"","template":"{{ .Prompt }}","#
      + #""details":\#(Self.details),"model_info":{"general.architecture":"llama","#
      + #""general.parameter_count":134515008},"capabilities":["completion"],"modified_at":"\#(OllamaWire.time)"}"#
  }
}
