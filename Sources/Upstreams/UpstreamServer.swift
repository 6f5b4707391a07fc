internal import HTTPClient
internal import HTTPFields

/// An Ollama server behind the gateway. Immutable; equal are those of the same URL.
package final class UpstreamServer: Sendable, Equatable, CustomStringConvertible {
  /// Scheme, host, port and perhaps a path, without a slash at the end.
  package let url: String
  private let origin: ServerOrigin
  /// The path that stands before those of the API.
  private let base: String

  /// - Parameter url: as ``url`` is.
  package init(url: String) {
    self.url = url
    let parts = RequestURL(url)
    origin = parts.origin
    base = parts.target
  }

  package var description: String { url }

  package static func == (left: UpstreamServer, right: UpstreamServer) -> Bool {
    left === right || left.url.hasSameBytes(as: right.url)
  }

  /// A request as it is sent to this server.
  func request(_ request: UpstreamRequest, within timeouts: TransferTimeouts) -> ClientRequest {
    ClientRequest(
      method: request.method, origin: origin, target: base.isEmpty ? request.path : base + request.path,
      fields: request.fields, body: request.body, expectsStream: request.expectsStream, timeouts: timeouts)
  }
}
