/// Checks text that comes in pieces, cut anywhere, and finds an error with the first byte that makes one: RFC 3629
/// section 4 (no overlong forms, no surrogates, nothing over U+10FFFF).
struct UTF8Validator {
  /// How many bytes the character that was begun still needs.
  private var needed: UInt8 = 0
  /// What the next of them may be. Only the second byte of a character ever has a range narrower than this.
  private var lowest: UInt8 = 0x80
  private var highest: UInt8 = 0xBF

  /// Whether the text may end here: no character is half read.
  var isComplete: Bool { needed == 0 }

  /// Takes the next piece of the text.
  ///
  /// - Returns: whether it can still become UTF-8. After false the text is lost.
  mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index < bytes.count {
      if needed == 0 {
        index = bytes.endOfASCII(from: index)
        guard index < bytes.count else { return true }
        guard begin(bytes[index]) else { return false }
      } else {
        guard bytes[index] >= lowest, bytes[index] <= highest else { return false }
        needed -= 1
        (lowest, highest) = (0x80, 0xBF)
      }
      index += 1
    }
    return true
  }

  /// Takes the first byte of a character of two to four.
  private mutating func begin(_ byte: UInt8) -> Bool {
    switch byte {
    case 0xC2...0xDF: needed = 1
    case 0xE0...0xEF:
      needed = 2
      if byte == 0xE0 { lowest = 0xA0 }
      if byte == 0xED { highest = 0x9F }
    case 0xF0...0xF4:
      needed = 3
      if byte == 0xF0 { lowest = 0x90 }
      if byte == 0xF4 { highest = 0x8F }
    default: return false
    }
    return true
  }
}

extension UnsafeRawBufferPointer {
  /// The first byte at or after `start` that is not ASCII, or `count`.
  fileprivate func endOfASCII(from start: Int) -> Int {
    var index = start
    while index + 8 <= count {
      let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let marks = word & 0x8080_8080_8080_8080
      if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < count, self[index] < 0x80 { index += 1 }
    return index
  }
}
