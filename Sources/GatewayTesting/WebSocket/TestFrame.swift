/// A WebSocket frame as a test sends it, right or broken: RFC 6455 section 5.2.
public struct TestFrame: Sendable, Equatable {
  /// The opcodes of RFC 6455 section 11.8.
  public enum Opcode {
    public static let continuation: UInt8 = 0
    public static let text: UInt8 = 1
    public static let binary: UInt8 = 2
    public static let close: UInt8 = 8
    public static let ping: UInt8 = 9
    public static let pong: UInt8 = 10
  }

  /// The FIN bit.
  public var isFinal = true
  /// RSV1 to RSV3, from bit 2 to bit 0.
  public var reserved: UInt8 = 0
  /// One of ``Opcode``, or what is none.
  public var opcode: UInt8
  /// A client's frames are; nil breaks the rule.
  public var mask: [UInt8]? = [0x37, 0xfa, 0x21, 0x3d]
  /// The length that the header tells, where it is not that of the payload.
  public var announced: UInt64?
  /// The payload without its mask.
  public var payload: [UInt8]

  /// A final frame.
  public init(_ opcode: UInt8, _ payload: [UInt8] = []) {
    self.opcode = opcode
    self.payload = payload
  }

  /// A text message.
  public static func text(_ text: String) -> TestFrame { TestFrame(Opcode.text, Array(text.utf8)) }

  /// A ping.
  public static func ping(_ payload: String = "") -> TestFrame {
    TestFrame(Opcode.ping, Array(payload.utf8))
  }

  /// A close frame; without a code it is empty.
  public static func close(_ code: UInt16?, _ reason: String = "") -> TestFrame {
    TestFrame(Opcode.close, code.map { [UInt8($0 >> 8), UInt8($0 & 0xff)] + Array(reason.utf8) } ?? [])
  }

  /// The frame on the wire.
  public var bytes: [UInt8] {
    let length = announced ?? UInt64(payload.count)
    let masked: UInt8 = mask == nil ? 0 : 0x80
    var bytes = [(isFinal ? 0x80 : 0) | (reserved & 7) << 4 | opcode & 0x0f]
    switch length {
    case 0...125: bytes.append(masked | UInt8(length))
    case 126...0xffff:
      bytes.append(masked | 126)
      bytes += [UInt8(length >> 8), UInt8(length & 0xff)]
    default:
      bytes.append(masked | 127)
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * UInt64($0))) }
    }
    guard let mask else { return bytes + payload }
    bytes += mask
    for (index, byte) in payload.enumerated() { bytes.append(byte ^ mask[index & 3]) }
    return bytes
  }
}
