/// What became of a message that was to be sent.
public enum SendOutcome: Sendable, Hashable {
  /// It waits for the socket.
  case queued
  /// It waits for the socket, and more than the high mark waits: hold back until ``WebSocketEngine/consume(_:)``
  /// returns true.
  case congested
  /// It was not queued: the reader is behind by more than the bound. It has missed something, so the connection
  /// should end: ``WebSocketEngine/drop(_:reason:at:)``.
  case overflow
  /// It was not queued: a close frame was sent, or the connection has ended.
  case closed
}
