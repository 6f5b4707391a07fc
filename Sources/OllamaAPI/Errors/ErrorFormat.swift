/// The four forms in which clients of the gateway read errors.
public enum ErrorFormat: Sendable, Equatable, CaseIterable {
  /// RFC 9457, of the gateway's own paths.
  case problem
  /// `{"error":"…"}`, of Ollama's paths.
  case ollama
  /// `{"error":{"message","type","param","code"}}`, of the OpenAI-compatible paths and of LiteLLM's.
  case openAI
  /// `{"type":"error","error":{"type","message"}}`, of the Anthropic-compatible path.
  case anthropic

  /// By a request's path, without its query. Unknown paths get `.problem`.
  public init(path: some StringProtocol) {
    let path = path.utf8
    func isUnder(_ folder: String) -> Bool {
      path.starts(with: folder.utf8)
        && [nil, UInt8(ascii: "/")].contains(path.dropFirst(folder.utf8.count).first)
    }
    if isUnder("/api/v1") {
      self = .problem
    } else if isUnder("/api") {
      self = .ollama
    } else if isUnder("/v1/messages") {
      self = .anthropic
    } else if isUnder("/v1") || isUnder("/key") || isUnder("/user") {
      self = .openAI
    } else {
      self = .problem
    }
  }

  /// Of a body that is one error.
  public var contentType: String {
    switch self {
    case .problem: "application/problem+json"
    case .ollama, .openAI, .anthropic: "application/json"
    }
  }
}
