internal import System

/// The models, as each path tells of them and changes them.
extension SimulationHost {
  private static let details =
    #"{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"#
    + #""parameter_size":"134.52M","quantization_level":"F16"}"#

  /// The members that lists have in common.
  private static func members(_ model: SimulatedModel) -> String {
    #""name":\#(OllamaWire.quoted(model.name)),"model":\#(OllamaWire.quoted(model.name)),"size":\#(model.size),"#
      + #""digest":"\#(model.digest)","details":\#(details)"#
  }

  private static func capabilities(_ model: SimulatedModel) -> String {
    "[" + model.capabilities.map(OllamaWire.quoted).joined(separator: ",") + "]"
  }

  var tags: String {
    let rows = simulation.models.map {
      #"{\#(Self.members($0)),"modified_at":"\#($0.modifiedAt)","capabilities":\#(Self.capabilities($0))}"#
    }
    return #"{"models":[\#(rows.joined(separator: ","))]}"#
  }

  var residents: String {
    var rows: [OllamaSimulation.Resident] = []
    change { simulation, now in
      let residents = simulation.residents(at: now)
      rows = residents.rows
      return residents.effects
    }
    tell()
    let texts = rows.map {
      #"{\#(Self.members($0.model)),"expires_at":"\#(timestamp($0.expiry))","size_vram":\#($0.model.size),"#
        + #""context_length":\#($0.contextLength)}"#
    }
    return #"{"models":[\#(texts.joined(separator: ","))]}"#
  }

  func show(_ name: String) -> Script {
    guard let model = simulation.model(named: name) else { return .error(404, "model '\(name)' not found") }
    return .ollamaJSON(
      #"{"modelfile":"FROM \#(model.name)\n","parameters":"stop \"<|im_end|>\"","template":"{{ .Prompt }}","#
        + #""details":\#(Self.details),"model_info":{"general.architecture":"llama","#
        + #""general.parameter_count":134515008,"llama.context_length":131072},"#
        + #""capabilities":\#(Self.capabilities(model)),"modified_at":"\#(model.modifiedAt)"}"#)
  }

  func delete(_ name: String) -> Script {
    var isKnown = false
    change { simulation, now in
      let deletion = simulation.delete(name, at: now)
      isKnown = deletion.isKnown
      return deletion.effects
    }
    tell()
    return isKnown ? Self.empty(200) : .error(404, "model '\(name)' not found")
  }

  func copy(_ body: TestJSON) -> Script {
    guard let source = body["source"].string, let name = body["destination"].string, !source.isEmpty,
      !name.isEmpty
    else { return .error(400, "source and destination are required") }
    var isKnown = false
    change { simulation, _ in
      isKnown = simulation.copy(source, to: name)
      return []
    }
    return isKnown ? Self.empty(200) : .error(404, "model \(OllamaWire.quoted(source)) not found")
  }

  func create(_ name: String, _ body: TestJSON) -> Script {
    let source = body["from"].string
    if let source, simulation.model(named: source) == nil {
      return Self.lines(["pulling manifest"], error: "file does not exist", body)
    }
    guard source != nil || body["files"].count > 0 else {
      return .error(400, "neither 'from' or 'files' was specified")
    }
    change { simulation, _ in
      if let source { _ = simulation.copy(source, to: name) } else { simulation.add(SimulatedModel(name)) }
      return []
    }
    return Self.lines(
      ["using existing layer sha256:\(SimulatedModel.digest(of: name))", "writing manifest", "success"], body)
  }

  func push(_ name: String, _ body: TestJSON) -> Script {
    guard simulation.model(named: name) != nil else {
      return Self.lines(["retrieving manifest"], error: "couldn't retrieve manifest", body)
    }
    return Self.lines(["retrieving manifest", "pushing manifest", "success"], body)
  }

  func blob(_ request: ScriptedOllama.Request) -> Script {
    let digest = String(request.path.dropFirst("/api/blobs/".count))
    if request.method == "HEAD" { return Self.empty(withBlobs { $0.contains(digest) } ? 200 : 404) }
    return Self.empty(withBlobs { $0.insert(digest).inserted } ? 201 : 200)
  }

  private static func empty(_ status: Int) -> Script {
    [.head(status, ["Date": Script.date, "Content-Length": "0"])]
  }

  /// Lines of progress, or the last of them alone.
  private static func lines(_ statuses: [String], error: String? = nil, _ body: TestJSON) -> Script {
    var lines = statuses.map { #"{"status":"\#($0)"}"# }
    if let error { lines.append(OllamaWire.error(error)) }
    if body["stream"] == false { return .json(lines.last ?? "{}", status: error == nil ? 200 : 500) }
    return .stream(lines.map { $0 + "\n" })
  }
}
