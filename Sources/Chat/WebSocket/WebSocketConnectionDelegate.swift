internal import Handling
internal import WebSocket

/// What a ``WebSocketConnection`` tells. Called on the loop's thread.
protocol WebSocketConnectionDelegate: AnyObject {
  /// A text message, valid during the call.
  func socket(_ socket: WebSocketConnection, didReceive text: UnsafeRawBufferPointer)
  /// A binary message, valid during the call. Who says nothing of them refuses them.
  func socket(_ socket: WebSocketConnection, didReceiveBinary bytes: UnsafeRawBufferPointer)
  /// The peer keeps up again after ``WebSocketConnection/isCongested``.
  func socketHasRoom(_ socket: WebSocketConnection)
  /// The closing handshake has begun, at this end or for the peer's fault: nothing more is sent. Once, if at all; may
  /// come from inside a call of ``WebSocketConnection/close(_:reason:)``.
  func socketIsClosing(_ socket: WebSocketConnection)
  /// The connection is over, however that came. Once.
  func socketDidEnd(_ socket: WebSocketConnection)
}

extension WebSocketConnectionDelegate {
  func socket(_ socket: WebSocketConnection, didReceiveBinary bytes: UnsafeRawBufferPointer) {
    socket.close(.unsupportedData, reason: "only text messages are taken")
  }
}
