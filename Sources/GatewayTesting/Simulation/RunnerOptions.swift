/// The options of a request that decide which runner serves it: another value of one of them reloads the model.
public struct RunnerOptions: Sendable, Hashable {
  /// The context length; nil is Ollama's own choice.
  public var contextLength: Int?
  /// The others that were given, by name, as JSON.
  public var others: [String: String] = [:]

  /// Options with this context length and nothing else.
  public init(contextLength: Int? = nil) {
    self.contextLength = contextLength
  }

  /// Those of a request's body: `options`, and `shift` beside them.
  init(_ body: TestJSON) {
    let options = body["options"]
    contextLength = options["num_ctx"].int
    for name in Self.names where options[name] != .null { others[name] = "\(options[name])" }
    if let shift = body["shift"].bool { others["shift"] = "\(shift)" }
  }

  /// What sched.go compares (`needsReload`) beside `num_ctx`.
  private static let names = [
    "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict",
  ]

  /// The options with Ollama's choice where a request left it to it.
  func resolved(_ contextLength: Int) -> RunnerOptions {
    var options = self
    options.contextLength = options.contextLength ?? contextLength
    return options
  }
}
