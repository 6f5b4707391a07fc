/// A request that needs a model, as the simulation takes it.
struct InferenceRequest {
  var dialect: SimulatedResponse.Dialect
  var work: OllamaSimulation.Work
  var streams: Bool
  /// Whether it has no prompt and `keep_alive` 0.
  var unloads = false

  /// What the model must be able to do.
  var capability: String { if case .embed = dialect { "embedding" } else { "completion" } }

  /// nil for a body that is none or names no model.
  init?(_ path: String, _ model: String, _ body: TestJSON) {
    guard body.count > 0, !model.isEmpty else { return nil }
    work = OllamaSimulation.Work(model)
    switch path {
    case "/api/chat":
      dialect = .chat
      work = Self.chat(model, body["messages"].array)
    case "/api/generate":
      dialect = .generate
      let prompt = (body["system"].string.map { $0 + "\n" } ?? "") + (body["prompt"].string ?? "")
      let isEmpty = (body["prompt"].string ?? "").isEmpty
      work = OllamaSimulation.Work(model, kind: isEmpty ? .load : .generation, prompt: isEmpty ? "" : prompt)
    case "/api/embed":
      dialect = .embed
      let input = body["input"].string ?? body["input"].array.compactMap(\.string).joined(separator: "\n")
      work = OllamaSimulation.Work(model, kind: input.isEmpty ? .load : .embedding, prompt: input)
    case "/v1/chat/completions":
      dialect = .completions(includesUsage: body["stream_options"]["include_usage"] == true)
      work = Self.chat(model, body["messages"].array)
    default:
      dialect = .messages
      let system = body["system"] == .null ? "" : "system\n\(Self.text(body["system"]))\n"
      work = Self.chat(model, body["messages"].array, before: system)
    }
    if path.hasPrefix("/api/") {
      streams = body["stream"] != false && path != "/api/embed"
      work.options = RunnerOptions(body)
      work.keepAlive = OllamaSimulation.KeepAlive(body["keep_alive"])
      work.tokenLimit = body["options"]["num_predict"].int.flatMap { $0 < 0 ? nil : $0 }
      unloads = work.kind == .load && work.keepAlive == .after(.zero)
    } else {
      streams = body["stream"] == true
      work.tokenLimit = body["max_tokens"].int ?? body["max_completion_tokens"].int
    }
  }

  /// A prompt that begins as that of the turn before it, with the model's message.
  private static func chat(_ model: String, _ messages: [TestJSON], before: String = "")
    -> OllamaSimulation.Work
  {
    guard !messages.isEmpty else { return OllamaSimulation.Work(model, kind: .load) }
    let prompt = before + messages.map { "\($0["role"].string ?? "")\n\(text($0["content"]))\n" }.joined()
    var work = OllamaSimulation.Work(model, prompt: prompt)
    work.textPrefix = "assistant\n"
    return work
  }

  /// A content: a text, or a list of parts.
  private static func text(_ content: TestJSON) -> String {
    content.string ?? content.array.compactMap { $0["text"].string }.joined()
  }
}
