/// Why the response to a client's upgrade makes no WebSocket connection: RFC 6455 section 4.1.
public enum HandshakeError: Error, Sendable, Hashable {
  /// Anything but 101.
  case status(Int)
  /// `Upgrade` does not name websocket.
  case upgrade
  /// `Connection` does not name Upgrade.
  case connection
  /// `Sec-WebSocket-Accept` does not answer the key.
  case accept
  /// The server uses an extension, and none was offered.
  case extensions
  /// The server chose a subprotocol that was not offered.
  case subprotocol
}
