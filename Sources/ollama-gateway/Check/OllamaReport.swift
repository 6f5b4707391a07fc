import OllamaAPI

/// What came of asking an Ollama server.
enum OllamaReport: Sendable, Equatable {
  /// It is an Ollama: its version and its models.
  case ollama(version: String, models: [Model])
  /// It could not be reached, or what responds is no Ollama. The reason, for people, on one line.
  case failed(String)

  /// One of its models.
  struct Model: Sendable, Equatable {
    let name: String
    /// Whether another machine runs it.
    var isRemote = false
    /// Nil where Ollama does not say it.
    var canChat: Bool?

    /// Whether a name means this model: a name without a tag means `:latest`, and Ollama takes names in any case.
    func isNamed(_ other: String) -> Bool {
      guard let own = ModelName(name), let other = ModelName(other) else { return false }
      return own.canonical.utf8.elementsEqual(other.canonical.utf8)
    }
  }
}
