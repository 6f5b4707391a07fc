/// Reads the header of a frame byte by byte, so that it does not matter where the input is cut, and refuses what it
/// must with the first byte that shows it.
struct FrameHeaderParser {
  /// What a finished header must comply with.
  struct Rules {
    var isMasked: Bool
    var frameBytes: Int
  }

  private(set) var opcode = Opcode.continuation
  private(set) var isFinal = false
  /// Of the payload, in bytes, as far as it was read.
  private var length: UInt64 = 0
  private var maskKey: UInt32 = 0
  /// Bytes read so far.
  private var count: UInt8 = 0
  /// Of the extended length: 0, 2 or 8.
  private var lengthBytes: UInt8 = 0
  private var maskBytes: UInt8 = 0

  /// Whether a part of a header was read.
  var isWithinHeader: Bool { count > 0 }

  /// Takes the next byte.
  ///
  /// - Returns: the header, with its last byte; the parser is then ready for the next one.
  mutating func take(_ byte: UInt8, rules: Rules) throws(ProtocolError) -> FrameHeader? {
    switch count {
    case 0: try takeFirst(byte)
    case 1: try takeSecond(byte, rules: rules)
    case ..<(2 + lengthBytes): try takeLength(byte, rules: rules)
    default: maskKey |= UInt32(byte) << (8 * UInt32(count - 2 - lengthBytes))
    }
    count += 1
    guard count >= 2, count == 2 + lengthBytes + maskBytes else { return nil }
    let header = FrameHeader(
      isFinal: isFinal, opcode: opcode, length: Int(length),
      mask: maskBytes > 0 ? FrameMask(key: maskKey) : nil)
    self = FrameHeaderParser()
    return header
  }

  private mutating func takeFirst(_ byte: UInt8) throws(ProtocolError) {
    guard byte & FrameHeader.Bits.reserved == 0 else { throw .reservedBits }
    guard let opcode = Opcode(rawValue: byte & FrameHeader.Bits.opcode) else { throw .unknownOpcode }
    isFinal = byte & FrameHeader.Bits.final != 0
    self.opcode = opcode
    guard isFinal || !opcode.isControl else { throw .fragmentedControlFrame }
  }

  private mutating func takeSecond(_ byte: UInt8, rules: Rules) throws(ProtocolError) {
    let isMasked = byte & FrameHeader.Bits.masked != 0
    guard isMasked == rules.isMasked else { throw isMasked ? .maskUnexpected : .maskMissing }
    maskBytes = isMasked ? 4 : 0
    let short = byte & FrameHeader.Bits.length
    switch short {
    case 126: lengthBytes = 2
    case 127: lengthBytes = 8
    default: length = UInt64(short)
    }
    guard lengthBytes == 0 || !opcode.isControl else { throw .longControlFrame }
    if lengthBytes == 0 { try checkLength(rules) }
  }

  private mutating func takeLength(_ byte: UInt8, rules: Rules) throws(ProtocolError) {
    if lengthBytes == 8, count == 2, byte & 0x80 != 0 { throw .lengthOutOfRange }
    length = length << 8 | UInt64(byte)
    if count + 1 == 2 + lengthBytes { try checkLength(rules) }
  }

  /// Control frames have a bound of their own.
  private func checkLength(_ rules: Rules) throws(ProtocolError) {
    guard opcode.isControl || length <= UInt64(rules.frameBytes) else { throw .frameTooLong }
  }
}
