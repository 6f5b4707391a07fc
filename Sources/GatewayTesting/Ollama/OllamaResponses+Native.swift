internal import System

/// `/api/*`.
extension OllamaResponses {
  func native(_ request: ScriptedOllama.Request) -> Script {
    guard request.body.count > 0 else { return .error(400, "missing request body") }
    guard let json = try? TestJSON(request.body.bytes) else {
      return .error(400, "invalid character in request body")
    }
    let model = json["model"].string ?? json["name"].string ?? ""
    guard !model.isEmpty else { return .error(400, "model is required") }
    guard has(model) else {
      // Ollama has two messages for the one thing.
      let isShort = ["/api/generate", "/api/show"].contains(request.path)
      return isShort ? .error(404, "model '\(model)' not found") : .modelNotFound(model)
    }
    switch request.path {
    case "/api/show": return .ollamaJSON(show(model))
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
    let (tokens, reason) = limited(json["options"]["num_predict"])
    if json["stream"] == false {
      return .ollamaJSON(
        OllamaWire.chatEnd(model: model, tokens.joined(), reason: reason, evalCount: tokens.count))
    }
    return .chat(tokens, model: model, every: interval, reason: reason)
  }

  private func generate(_ model: String, _ json: TestJSON) -> Script {
    if (json["prompt"].string ?? "").isEmpty {
      let reason = json["keep_alive"] == 0 ? "unload" : "load"
      return .json(
        #"{"model":\#(OllamaWire.quoted(model)),"created_at":"\#(OllamaWire.time)","response":"","done":true,"#
          + #""done_reason":"\#(reason)"}"#)
    }
    let (tokens, reason) = limited(json["options"]["num_predict"])
    if json["stream"] == false {
      return .ollamaJSON(
        OllamaWire.generateEnd(model: model, tokens.joined(), reason: reason, evalCount: tokens.count))
    }
    return .generate(tokens, model: model, every: interval, reason: reason)
  }

  /// `options.num_predict` or `max_tokens` cuts the response, and the reason is then `length`.
  func limited(_ limit: TestJSON) -> (tokens: [String], reason: String) {
    guard let limit = limit.int, limit >= 0, limit < tokens.count else {
      return (tokens, "stop")
    }
    return (Array(tokens.prefix(limit)), "length")
  }

  private func embed(_ model: String, _ input: TestJSON) -> Script {
    let count = input.array.isEmpty ? 1 : input.count
    let vectors = Array(repeating: "[0.1,0.2,0.3]", count: count).joined(separator: ",")
    return .ollamaJSON(
      #"{"model":\#(OllamaWire.quoted(model)),"embeddings":[\#(vectors)],"total_duration":1234567,"#
        + #""load_duration":234567,"prompt_eval_count":\#(count * 3)}"#)
  }

  func blob(_ request: ScriptedOllama.Request) -> Script {
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
