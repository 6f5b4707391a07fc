/// What an Ollama path streams, and with that the mark by which a complete stream is known.
public enum StreamKind: Sendable, Equatable, CaseIterable {
  /// `/api/generate`, `/api/chat`: the last line has `"done":true`.
  case generation
  /// `/api/pull`, `/api/push`, `/api/create`: the last line has `"status":"success"`.
  case progress
  /// `/v1/chat/completions`, `/v1/completions`: the last event is `data: [DONE]`.
  case openAICompletion
  /// `/v1/responses`: the last event is `response.completed`, or `response.failed` or `response.incomplete`.
  case openAIResponse
  /// `/v1/messages`: the last event is `message_stop`.
  case anthropicMessage

  /// By a request's path, without its query; `nil` for one whose streams carry no mark that is known.
  public init?(path: some StringProtocol) {
    let isWithSlash = path.count > 1 && path.last == "/"
    switch String(isWithSlash ? path.dropLast() : path[...]) {
    case "/api/generate", "/api/chat": self = .generation
    case "/api/pull", "/api/push", "/api/create": self = .progress
    case "/v1/chat/completions", "/v1/completions": self = .openAICompletion
    case "/v1/responses": self = .openAIResponse
    case "/v1/messages": self = .anthropicMessage
    default: return nil
    }
  }

  /// How Ollama frames it.
  public var framing: StreamFraming {
    switch self {
    case .generation, .progress: .ndjson
    case .openAICompletion, .openAIResponse, .anthropicMessage: .sse
    }
  }
}
