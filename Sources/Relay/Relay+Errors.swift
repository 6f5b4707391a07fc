internal import Handling
internal import HTTPClient
internal import HTTPFields
internal import JSON
internal import OllamaAPI

// What Ollama says, in words for the client.
extension Relay {
  /// Whether it is an error in plain text. Ollama's web framework sends one where it has no such path: that Ollama is older
  /// than the client expects.
  static func isPlainError(_ head: ResponseHead) -> Bool {
    head.status >= 400 && head.first("content-type")?.contains("json") != true
  }

  /// A model as `/v1/models/{model}` shows it, under another name.
  func renamed(_ head: ResponseHead, _ content: [UInt8], _ name: String) -> [UInt8]? {
    guard head.status == 200, !head.fields.contains("content-encoding") else { return nil }
    return content.withUnsafeBytes { ModelList.openAI.renamed($0, to: name) }
  }

  /// What Ollama has sent in place of a stream that has begun already.
  func refusal(_ head: ResponseHead, _ content: [UInt8]) -> RequestFailure {
    guard head.status >= 400 else {
      return RequestFailure(502, "Ollama answered with something that is no stream.")
    }
    let message = content.withUnsafeBytes { ErrorReport.message(in: $0, reader: reader) }
    return RequestFailure(
      head.status, message ?? Relay.explain(head.status, content), retryAfter: head.retryAfter)
  }

  /// A sentence for an error that Ollama gave as plain text.
  static func explain(_ status: Int, _ content: [UInt8]) -> String {
    let text = String(decoding: content.prefix(200), as: UTF8.self).filter { !$0.isNewline }
    return status == 404 || status == 405
      ? "this Ollama does not serve this path (its answer: \(text)); a newer version may" : "Ollama: \(text)"
  }
}
