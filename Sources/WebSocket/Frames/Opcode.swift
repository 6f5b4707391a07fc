/// What a frame carries: RFC 6455 section 5.2. All other values are reserved and refused.
public enum Opcode: UInt8, Sendable, CaseIterable {
  case continuation = 0x0
  case text = 0x1
  case binary = 0x2
  case close = 0x8
  case ping = 0x9
  case pong = 0xA

  /// Control frames may stand between the fragments of a message: RFC 6455 section 5.5.
  public var isControl: Bool { rawValue & 0x8 != 0 }
}
