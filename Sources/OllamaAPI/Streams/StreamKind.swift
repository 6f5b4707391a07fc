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

  /// How Ollama frames it.
  public var framing: StreamFraming {
    switch self {
    case .generation, .progress: .ndjson
    case .openAICompletion, .openAIResponse, .anthropicMessage: .sse
    }
  }

  /// Events before the first that has a token: Ollama's own, one by one.
  var leadingEvents: Int {
    switch self {
    case .generation, .progress, .openAICompletion: 0
    // `response.created`, `.in_progress`, `.output_item.added`, `.content_part.added`.
    case .openAIResponse: 4
    // `message_start`, `content_block_start`.
    case .anthropicMessage: 2
    }
  }
}
