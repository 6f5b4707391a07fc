public import HTTPFields

/// A request to an upstream server. Immutable, and no value: from hand to hand it would be copied each time.
public final class ClientRequest: Sendable {
  /// What goes out behind the head.
  public enum Body: Sendable {
    case none
    /// The whole content. It is kept until libcurl has given its handle back, so that it can be sent again on a new
    /// connection; a large one is read where it is, and never copied.
    case bytes([UInt8])
    /// Content that ``TransferDelegate/transfer(_:fill:)`` gives piece by piece; chunked where the length is unknown.
    case stream(length: Int?)
  }

  /// What a request may do with connections that were kept. The server may close one in the moment of its next use: whether it has
  /// begun with the request nobody knows.
  public enum Reuse: Sendable {
    /// It takes one. Where that turns out to be closed before any byte of a response came, libcurl sends the request again on
    /// another, up to five times.
    case resends
    /// It takes one, and then it fails with ``TransferError/staleConnection``: its sender decides what next.
    case fails
    /// It goes out on a new one, and so once at most. A body that comes piece by piece always does.
    case none
  }

  /// A token of RFC 9110, in capitals.
  public let method: String
  public let origin: ServerOrigin
  /// Path and query, as they are sent.
  public let target: String
  /// Sent as they are, in order. Without `Host` the URL's; framing fields (`Content-Length`,
  /// `Transfer-Encoding`) and `Expect` are not for the caller to set.
  public let fields: FieldSection
  /// What goes out behind the head.
  public let body: Body
  /// Whether the response is expected as many small pieces: such a transfer gets a small read buffer.
  public let expectsStream: Bool
  /// How long it may take.
  public let timeouts: TransferTimeouts
  /// Which connection it takes, and what becomes of it where that turns out to be closed.
  public let reuse: Reuse
  /// The path of a UNIX socket to connect to in place of the URL's server.
  public let unixSocket: String?
  /// Of a URL with `https`; nil for what holds for all.
  public let tls: TransferTLS?

  public init(
    method: String, origin: ServerOrigin, target: String, fields: FieldSection = [], body: Body = .none,
    expectsStream: Bool = false, timeouts: TransferTimeouts, reuse: Reuse = .resends,
    unixSocket: String? = nil, tls: TransferTLS? = nil
  ) {
    self.method = method
    self.origin = origin
    self.target = target
    self.fields = fields
    self.body = body
    self.expectsStream = expectsStream
    self.timeouts = timeouts
    self.reuse = reuse
    self.unixSocket = unixSocket
    self.tls = tls
  }

  /// - Parameter url: an absolute `http` or `https` URL, in ASCII.
  public convenience init(
    method: String, url: String, fields: FieldSection = [], body: Body = .none, expectsStream: Bool = false,
    timeouts: TransferTimeouts, reuse: Reuse = .resends, unixSocket: String? = nil
  ) {
    let parts = RequestURL(url)
    self.init(
      method: method, origin: parts.origin, target: parts.target, fields: fields, body: body,
      expectsStream: expectsStream, timeouts: timeouts, reuse: reuse, unixSocket: unixSocket)
  }
}

/// How long a transfer waits for the upstream server. The time that it is paused for our own reader, or waits for
/// the caller's body, does not count.
public struct TransferTimeouts: Sendable {
  /// To an open connection, name resolution included.
  public var connect: Duration
  /// From the request's last byte to the response's head; nil for ever.
  public var firstByte: Duration?
  /// Between two pieces of the response; nil for ever.
  public var idle: Duration?
  /// From the start to the response's end; nil for ever.
  public var whole: Duration?

  public init(connect: Duration, firstByte: Duration?, idle: Duration?, whole: Duration? = nil) {
    self.connect = connect
    self.firstByte = firstByte
    self.idle = idle
    self.whole = whole
  }
}
