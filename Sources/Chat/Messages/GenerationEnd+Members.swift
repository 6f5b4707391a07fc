internal import Handling
internal import JSON
internal import Sessions

extension GenerationEnd {
  /// Why the generation failed; nil where it is whole, was stopped, or was interrupted.
  var failure: RequestFailure? {
    guard case .failed(let code, let message, let delay) = outcome else { return nil }
    return RequestFailure(generationCode: code, message: message, retryAfter: delay)
  }
}

extension GenerationUsage {
  /// The member `usage`.
  func encodeMember(into writer: inout JSONWriter) {
    writer.key("usage")
    writer.object { writer in
      writer.member("prompt_tokens", promptTokens)
      writer.member("completion_tokens", completionTokens)
    }
  }
}

extension RequestFailure {
  /// The members of a message `error`, behind its type.
  ///
  /// - Parameter generation: the one that has failed; nil for what else was asked for.
  func encodeMembers(of generation: Generation?, into writer: inout JSONWriter) {
    writer.member("code", generationCode)
    writer.member("message", detail)
    if let generation { writer.member("generation_id", generation.id) }
    if let retryAfter { writer.member("retry_after", retryAfter) }
  }
}
