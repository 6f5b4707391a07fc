extension PromptTemplate {
  /// What of a request a template may write. A field may come several times, of which Ollama takes one, so that the longest counts.
  struct Parts: Equatable, Sendable {
    /// Tokens of context that a model has where nothing is said of them, in most Ollamas.
    static let usualContext = 4096

    /// Bytes as they stand in the body.
    private(set) var prompt = 0
    private(set) var system = 0
    private(set) var suffix = 0
    private var context: Int?
    /// Tokens that the request gives its model. More is not read.
    var mostContext: Int { context ?? Self.usualContext }

    mutating func note(prompt bytes: Int) { prompt = max(prompt, bytes) }
    mutating func note(system bytes: Int) { system = max(system, bytes) }
    mutating func note(suffix bytes: Int) { suffix = max(suffix, bytes) }

    /// - Parameter tokens: nil for what leaves it to the model.
    mutating func note(context tokens: Int?) { context = max(context ?? 0, tokens ?? Self.usualContext) }
  }
}
