import GatewayTesting
import Testing

/// A path at which a model works, in the words of its API.
struct LimitedPath: Sendable, CustomTestStringConvertible {
  let path: String
  let body: String

  var testDescription: String { path }

  static let ollama = [
    LimitedPath(
      path: "/api/chat", body: #"{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":false}"#),
    LimitedPath(path: "/api/generate", body: #"{"model":"m","prompt":"Hi","stream":false}"#),
    LimitedPath(path: "/api/embed", body: #"{"model":"m","input":"Hi"}"#),
    LimitedPath(path: "/api/embeddings", body: #"{"model":"m","prompt":"Hi"}"#),
  ]
  static let openAI = [
    LimitedPath(
      path: "/v1/chat/completions", body: #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#),
    LimitedPath(path: "/v1/completions", body: #"{"model":"m","prompt":"Hi"}"#),
    LimitedPath(path: "/v1/embeddings", body: #"{"model":"m","input":"Hi"}"#),
    LimitedPath(path: "/v1/responses", body: #"{"model":"m","input":"Hi"}"#),
  ]
  static let anthropic = [
    LimitedPath(
      path: "/v1/messages", body: #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
    )
  ]
  static let chat = ["/api/v1/chat", "/api/v1/chat/message", "/api/v1/chat/send", "/api/v1/simple_chat"].map {
    LimitedPath(path: $0, body: #"{"message":"Hi"}"#)
  }
  static let all = ollama + openAI + anthropic + chat

  func ask(_ port: UInt16, _ headers: TestHeaders = [:]) async throws -> TestClient.Response {
    try await TestClient.post(port, path, json: body, headers)
  }
}
