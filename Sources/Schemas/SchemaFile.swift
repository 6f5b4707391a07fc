/// The JSON schemas and the examples that the documents of the API are made of: what stands in the folder `Files` beside
/// this. Each is an object with `schemas`, and with `examples` or messages beside them.
public enum SchemaFile: CaseIterable, Sendable {
  /// What HTTP and WebSockets share.
  case common
  /// The chat API over HTTP.
  case chat
  /// Messages of the WebSockets.
  case messages
  /// Health, errors, and what else the gateway says of itself.
  case service
  /// Keys, teams and usage.
  case administration
  /// Users who sign in.
  case auth
  /// The relayed APIs.
  case ollama
  case openAI
  case anthropic

  /// As JSON.
  public var content: [UInt8] {
    switch self {
    case .common: PackageResources.common_json
    case .chat: PackageResources.chat_json
    case .messages: PackageResources.messages_json
    case .service: PackageResources.service_json
    case .administration: PackageResources.administration_json
    case .auth: PackageResources.auth_json
    case .ollama: PackageResources.ollama_json
    case .openAI: PackageResources.openai_json
    case .anthropic: PackageResources.anthropic_json
    }
  }
}
