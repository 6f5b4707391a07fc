/// Asks an Ollama server who it is. The program implements it with its HTTP client; tests with answers of their own.
public protocol OllamaProbe: Sendable {
  /// Asks `GET /api/version` and `GET /api/tags`, within the configuration's connect timeout.
  func ask(_ url: OllamaURL, connectTimeout: Duration) async -> OllamaProbeAnswer
}

/// What came of asking an Ollama server.
public enum OllamaProbeAnswer: Sendable, Equatable {
  /// It is an Ollama: its version, and the names of its models.
  case ollama(version: String, models: [String])
  /// It could not be reached, or what answered is no Ollama. The reason, for people, on one line.
  case failed(String)
}
