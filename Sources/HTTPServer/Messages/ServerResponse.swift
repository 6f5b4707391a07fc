public import HTTPFields

/// A response to give to ``ServerExchange/respond(_:)``.
public struct ServerResponse {
  /// The content, and how it is sent.
  public enum Body {
    /// The whole content, sent with its `Content-Length` in one piece.
    case bytes([UInt8])
    /// Content that is written as it comes: chunked where the length is unknown (or until the connection's end,
    /// for HTTP/1.0).
    case stream(ResponseStream, length: Int?)
    /// No content, but the `Content-Length` that a GET would have had: the response to HEAD, or 304. Others become this by
    /// themselves where there must be none.
    case head(length: Int?)
    /// Leaves HTTP, with status 101 and an `Upgrade` field among the others: once the response is out, the handler
    /// gets the connection. It sets the connection's delegate before it returns.
    case upgrade((UpgradedConnection) -> Void)
  }

  /// From 100 to 599.
  public var status: Int
  /// Framing fields (`Content-Length`, `Transfer-Encoding`, `Connection`) and `Date` are the server's to set.
  public var fields: FieldSection
  /// No content is sent with a status, or to a method, that has none.
  public var body: Body
  /// Whether the connection ends with this response.
  public var closesConnection = false

  /// A response after which the connection goes on.
  public init(status: Int, fields: FieldSection = [], body: Body = .bytes([])) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  var isUpgrade: Bool {
    if case .upgrade = body { true } else { false }
  }

  /// Nobody will have it: what is written to its stream is dropped.
  func drop() {
    if case .stream(let stream, _) = body { stream.detach() }
  }
}
