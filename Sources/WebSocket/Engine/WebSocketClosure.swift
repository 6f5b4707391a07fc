/// How a connection ended.
public struct WebSocketClosure: Sendable, Hashable {
  /// Who or what has ended the connection.
  public enum Cause: Sendable, Hashable {
    /// The peer began the closing handshake, and its code was sent back.
    case peer
    /// This end began it, and the peer answered.
    case answered
    /// The peer broke the protocol.
    case failure(ProtocolError)
  }

  /// Who or what has ended it.
  public let cause: Cause
  /// The peer's code, if it sent one; after a failure the one that was sent to the peer.
  public let code: CloseCode?
  /// The text that came with the code, at most 123 bytes.
  public let reason: String
}
