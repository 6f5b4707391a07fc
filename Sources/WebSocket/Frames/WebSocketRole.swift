/// Which end of the connection this is. A client masks all of its frames and a server none, and each of them fails
/// the connection over a frame of the wrong kind: RFC 6455 section 5.1.
public enum WebSocketRole: Sendable {
  case server
  case client

  /// Whether the frames that this end sends are masked.
  var masksFrames: Bool { self == .client }
  /// Whether the frames that this end receives must be masked.
  var expectsMaskedFrames: Bool { self == .server }
}
