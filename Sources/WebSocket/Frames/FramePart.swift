/// What ``FrameParser`` reads. The bytes are lent until the next call, or until the input is changed.
public enum FramePart {
  /// A piece of a message, unmasked, and as far as it goes valid UTF-8 if it is text. A message that comes in one
  /// frame and in one input is one piece, first and last.
  case data(MessageKind, UnsafeRawBufferPointer, isFirst: Bool, isLast: Bool)
  /// At most 125 bytes.
  case ping(UnsafeRawBufferPointer)
  /// At most 125 bytes.
  case pong(UnsafeRawBufferPointer)
  /// The last part that a parser gives. The code may be sent, or there is none; the reason is at most 123 bytes of
  /// UTF-8.
  case close(CloseCode?, reason: UnsafeRawBufferPointer)
}
