internal import HTTPFields
package import HTTPServer
internal import JSON
internal import OllamaAPI

/// The response for a connection that is refused before a request has come.
package enum RefusalResponse {
  /// The response in the gateway's own form of errors, as no path has told of another.
  ///
  /// - Parameter id: for `X-Request-Id` and the body.
  package static func make(_ refusal: ServerRefusal, id: String) -> ServerResponse {
    let failure = RequestFailure(refusal)
    var writer = JSONWriter(reservingCapacity: 512)
    ErrorFormat.problem.encode(failure.report(path: "/", requestID: id), into: &writer)
    var fields: FieldSection = [("Content-Type", ErrorFormat.problem.contentType), ("X-Request-Id", id)]
    fields.append(contentsOf: failure.headerFields)
    return ServerResponse(status: failure.status, fields: fields, body: .bytes(writer.take()))
  }
}

extension RequestFailure {
  /// What the server refuses by itself.
  ///
  /// - Parameter retryAfter: seconds until there may be room; nil where nobody knows.
  package init(_ refusal: ServerRefusal, retryAfter: Int? = nil) {
    self.init(
      refusal.status, refusal.detail,
      headerFields: refusal.status == 429 || refusal.status == 503
        ? [("Retry-After", "\(retryAfter ?? 1)")] : [])
  }
}
