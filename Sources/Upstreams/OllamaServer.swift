/// An Ollama server behind the gateway.
public struct OllamaServer: Sendable, Hashable {
  /// Scheme, host, port and perhaps a path, without a slash at the end: API paths are appended.
  public let url: String

  public init(url: String) { self.url = url }
}
