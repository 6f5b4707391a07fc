package import HTTPClient
package import HTTPFields

/// A request to an Ollama, whichever it will be. Immutable, and no value: from hand to hand it would be copied each time.
package final class UpstreamRequest {
  package let method: String
  /// Path and query of the API, beginning with a slash; sent as they are.
  package let path: String
  /// See ``ClientRequest/fields``.
  package let fields: FieldSection
  package let body: ClientRequest.Body
  /// Of a body that comes piece by piece: whether it begins anew each time that the sink is told
  /// ``UpstreamSink/call(_:isSentTo:)``. Others are there once, and their requests go to one server.
  package let beginsAnew: Bool
  /// Where a body that is there as a whole has the number of `num_ctx`; nil where it must not be changed.
  package let contextPlace: Range<Int>?
  package let work: UpstreamWork
  /// Whether the response is expected as many small pieces.
  package let expectsStream: Bool
  /// The most that it may take in all, beside the limits of its work; nil for these alone.
  package let limit: Duration?

  package init(
    _ method: String, _ path: String, fields: FieldSection = [], body: ClientRequest.Body = .none,
    beginsAnew: Bool = false, contextPlace: Range<Int>? = nil, work: UpstreamWork,
    expectsStream: Bool = false, limit: Duration? = nil
  ) {
    self.method = method
    self.path = path
    self.fields = fields
    self.body = body
    self.beginsAnew = beginsAnew
    self.contextPlace = contextPlace
    self.work = work
    self.expectsStream = expectsStream
    self.limit = limit
  }
}
