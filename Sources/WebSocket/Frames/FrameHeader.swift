/// The head of a frame: RFC 6455 section 5.2.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-------+-+-------------+-------------------------------+
///     |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
///     |I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
///     |N|V|V|V|       |S|             |   (if payload len==126/127)   |
///     | |1|2|3|       |K|             |                               |
///     +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
///     |     Extended payload length continued, if payload len == 127  |
///     + - - - - - - - - - - - - - - - +-------------------------------+
///     |                               |Masking-key, if MASK set to 1  |
///     +-------------------------------+-------------------------------+
///     | Masking-key (continued)       |          Payload Data         |
///     +-------------------------------- - - - - - - - - - - - - - - - +
struct FrameHeader {
  /// The bits of the first two bytes.
  enum Bits {
    static let final: UInt8 = 0x80
    static let reserved: UInt8 = 0x70
    static let opcode: UInt8 = 0x0F
    static let masked: UInt8 = 0x80
    static let length: UInt8 = 0x7F
  }

  /// The longest: two bytes, eight of the length, four of the mask.
  static let maximumBytes = 14
  /// The longest payload of a control frame.
  static let maximumControlPayload = 125

  var isFinal: Bool
  var opcode: Opcode
  /// Of the payload, in bytes.
  var length: Int
  var mask: FrameMask?

  /// How many bytes the header takes on the wire.
  var wireBytes: Int { 2 + Self.extendedLengthBytes(of: length) + (mask == nil ? 0 : 4) }

  /// How many bytes the length takes beside the seven bits that every header has, in its shortest form.
  static func extendedLengthBytes(of length: Int) -> Int {
    length <= 125 ? 0 : length <= 0xFFFF ? 2 : 8
  }

  /// Writes the header at the start of `buffer`, which has room for ``wireBytes``.
  func write(to buffer: UnsafeMutableRawBufferPointer) {
    let lengthBytes = Self.extendedLengthBytes(of: length)
    buffer[0] = (isFinal ? Bits.final : 0) | opcode.rawValue
    buffer[1] = mask == nil ? 0 : Bits.masked
    switch lengthBytes {
    case 0: buffer[1] |= UInt8(length)
    case 2:
      buffer[1] |= 126
      buffer.storeBytes(of: UInt16(length).bigEndian, toByteOffset: 2, as: UInt16.self)
    default:
      buffer[1] |= 127
      buffer.storeBytes(of: UInt64(length).bigEndian, toByteOffset: 2, as: UInt64.self)
    }
    if let mask {
      buffer.storeBytes(of: mask.key.littleEndian, toByteOffset: 2 + lengthBytes, as: UInt32.self)
    }
  }
}
