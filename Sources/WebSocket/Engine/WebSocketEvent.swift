/// What ``WebSocketEngine`` tells. The bytes are lent until the next call of ``WebSocketEngine/next(from:at:)``, or
/// until the input is changed; other calls, such as those that send or close, leave them alone.
public enum WebSocketEvent {
  /// A whole message. Text is valid UTF-8.
  case message(MessageKind, UnsafeRawBufferPointer)
  /// Already answered with a pong.
  case ping(UnsafeRawBufferPointer)
  case pong(UnsafeRawBufferPointer)
  /// The end, told once; nothing follows it.
  case closed(WebSocketClosure)
}
