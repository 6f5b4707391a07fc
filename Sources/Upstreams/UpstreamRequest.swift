package import HTTPClient
package import HTTPFields

/// A request to an Ollama, whichever it will be.
package struct UpstreamRequest {
  package var method: String
  /// Path and query of the API, beginning with a slash; sent as they are.
  package var path: String
  /// See ``ClientRequest/fields``.
  package var fields: FieldSection
  package var body: ClientRequest.Body
  /// Of a body that comes piece by piece: whether it begins anew each time that the sink is told
  /// ``UpstreamSink/call(_:isSentTo:)``. Others are there once, and their requests go to one server.
  package var beginsAnew = false
  /// Where a body that is there as a whole has the number of `num_ctx`; nil where it must not be changed.
  package var contextPlace: Range<Int>?
  package var work: UpstreamWork
  /// Whether the response is expected as many small pieces.
  package var expectsStream: Bool
  /// The most that it may take in all, beside the limits of its work; nil for these alone.
  package var limit: Duration?

  package init(
    _ method: String, _ path: String, fields: FieldSection = [], body: ClientRequest.Body = .none,
    work: UpstreamWork, expectsStream: Bool = false, limit: Duration? = nil
  ) {
    self.method = method
    self.path = path
    self.fields = fields
    self.body = body
    self.work = work
    self.expectsStream = expectsStream
    self.limit = limit
  }
}
