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
  /// Lets the body ask for another `num_ctx`, where it can be changed.
  mutating func ask(for contextLength: Int) {
    guard let contextPlace, case .bytes(let bytes) = body else { return }
    body = .bytes(bytes.replacing([contextPlace], with: Array("\(contextLength)".utf8)))
  }
}
