internal import Handling
internal import OllamaAPI

// How the OpenAPI document calls the formats of errors.
extension ErrorFormat {
  var schemaName: String {
    switch self {
    case .problem: "Problem"
    case .ollama: "OllamaError"
    case .openAI: "OpenAIError"
    case .anthropic: "AnthropicError"
    }
  }

  /// The name of a failure among the document's responses.
  func responseName(of status: Int) -> String { "\(schemaName).\(status)" }

  var samplePath: String {
    switch self {
    case .problem: "/api/v1/chat"
    case .ollama: "/api/chat"
    case .openAI: "/v1/chat/completions"
    case .anthropic: "/v1/messages"
    }
  }
}
