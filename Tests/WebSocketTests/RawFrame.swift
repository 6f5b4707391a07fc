/// A frame written by hand, right or wrong. The tests build what they feed with it and not with the encoder.
struct RawFrame {
  enum LengthForm {
    case shortest
    case bits16
    case bits64
  }

  var isFinal = true
  /// RSV1 to RSV3, from 0 to 7.
  var reserved: UInt8 = 0
  var opcode: UInt8
  var mask: [UInt8]?
  var payload: [UInt8] = []
  var lengthForm = LengthForm.shortest
  /// What the header says, if it is not the truth.
  var announced: UInt64?

  static func masked(_ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true) -> RawFrame {
    RawFrame(isFinal: isFinal, opcode: opcode, mask: [0x37, 0xFA, 0x21, 0x3D], payload: payload)
  }

  static func masked(_ opcode: UInt8, _ text: String, isFinal: Bool = true) -> RawFrame {
    masked(opcode, Array(text.utf8), isFinal: isFinal)
  }

  static func masked(close code: UInt16, _ reason: [UInt8] = []) -> RawFrame {
    masked(0x8, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
  }

  var header: [UInt8] {
    let length = announced ?? UInt64(payload.count)
    var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
    let masked: UInt8 = mask == nil ? 0 : 0x80
    if lengthForm == .bits64 || length > 0xFFFF {
      bytes.append(masked | 127)
      bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    } else if lengthForm == .bits16 || length > 125 {
      bytes += [masked | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
    } else {
      bytes.append(masked | UInt8(length))
    }
    return bytes + (mask ?? [])
  }

  var bytes: [UInt8] {
    guard let mask else { return header + payload }
    return header + payload.enumerated().map { $1 ^ mask[$0 % 4] }
  }
}

extension [RawFrame] {
  var bytes: [UInt8] { flatMap(\.bytes) }
}
