internal import HTTPClient
internal import OllamaAPI

/// What a request's model has of context, where that is more than the request asks for.
package struct FittedContext: Sendable, Equatable {
  /// In tokens.
  package let asked: Int
  /// What it was sent with, as the model is loaded with so much.
  package let sent: Int

  package init(asked: Int, sent: Int) {
    self.asked = asked
    self.sent = sent
  }
}

extension UpstreamRequest {
  /// The same whose body asks for another `num_ctx`, where that can be changed.
  func asking(for contextLength: Int) -> UpstreamRequest {
    guard let contextPlace, case .bytes(let bytes) = body else { return self }
    return UpstreamRequest(
      method, path, fields: fields,
      body: .bytes(bytes.replacing([contextPlace], with: Array("\(contextLength)".utf8))), work: work,
      expectsStream: expectsStream, limit: limit)
  }
}
