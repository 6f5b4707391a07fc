internal import System

/// Which request is what.
extension SimulationHost {
  /// The response to a request whose body is whole.
  func script(for request: ScriptedOllama.Request) -> Script {
    let body = request.json
    let model = body["model"].string ?? body["name"].string
    change { simulation, _ in
      simulation.record.note(request.path, model: model)
      return []
    }
    switch (request.method, request.path) {
    case ("GET", "/api/tags"): return .ollamaJSON(tags)
    case ("GET", "/api/ps"): return .ollamaJSON(residents)
    case ("POST", _) where request.path.hasPrefix("/api/blobs/"),
      ("HEAD", _) where request.path.hasPrefix("/api/blobs/"):
      return blob(request)
    case ("POST", "/api/show"), ("POST", "/api/pull"), ("POST", "/api/create"), ("POST", "/api/push"),
      ("DELETE", "/api/delete"):
      guard let model, !model.isEmpty else { return .error(400, "model is required") }
      return manage(request.path, model, body)
    case ("POST", "/api/copy"): return copy(body)
    case ("POST", "/api/chat"), ("POST", "/api/generate"), ("POST", "/api/embed"),
      ("POST", "/v1/chat/completions"), ("POST", "/v1/messages"):
      return infer(request.path, model ?? "", body)
    default:
      // What needs no inside: `/`, `/api/version`, `/v1/models`, and what Ollama does not have.
      let simulation = simulation
      return OllamaResponses(models: simulation.models.map(\.name), version: simulation.settings.version)
        .script(for: request)
    }
  }

  private func infer(_ path: String, _ model: String, _ body: TestJSON) -> Script {
    let simulation = simulation
    guard let request = InferenceRequest(path, model, body) else {
      return .error(400, body == .null ? "invalid character in request body" : "model is required")
    }
    if let listed = simulation.model(named: model), !listed.capabilities.contains(request.capability) {
      let verb = path == "/api/generate" ? "generate" : path == "/api/embed" ? "embed" : "chat"
      return .error(400, "\(OllamaWire.quoted(model)) does not support \(verb)")
    }
    if request.unloads, simulation.model(named: model) != nil { return unload(request) }
    let response = SimulatedResponse(
      request.dialect, model: model, streams: request.streams, tokens: simulation.settings.tokens,
      isLoad: request.work.kind == .load)
    return begin(response) { simulation, id, now in simulation.submit(id, request.work, at: now) }
  }

  private func unload(_ request: InferenceRequest) -> Script {
    change { simulation, now in simulation.unload(request.work.model, at: now).effects }
    tell()
    let hasMessage = if case .generate = request.dialect { false } else { true }
    return .json(OllamaWire.loaded(model: request.work.model, message: hasMessage, reason: "unload"))
  }

  private func manage(_ path: String, _ model: String, _ body: TestJSON) -> Script {
    switch path {
    case "/api/show": return show(model)
    case "/api/delete": return delete(model)
    case "/api/push": return push(model, body)
    case "/api/create": return create(model, body)
    default:
      let response = SimulatedResponse(.pull, model: model, streams: body["stream"] != false)
      return begin(response) { simulation, id, now in simulation.pull(id, model, at: now) }
    }
  }
}
