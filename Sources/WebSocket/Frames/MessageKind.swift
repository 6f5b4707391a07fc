/// The two kinds of messages: RFC 6455 section 5.6.
public enum MessageKind: Sendable {
  /// UTF-8, checked.
  case text
  case binary

  /// The opcode of its first frame.
  public var opcode: Opcode { self == .text ? .text : .binary }
}
