/// `HEXDIGLC` of W3C Trace Context section 3.2.1: numbers of a fixed width, in lower case alone.
enum LowercaseHex {
  /// Writes the last `count` digits of a number, 16 at most.
  static func write(
    _ word: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int, count: Int = 16
  ) {
    for index in 0..<count {
      let value = UInt8(truncatingIfNeeded: word >> UInt64(4 * (count - 1 - index)) & 15)
      buffer[start + index] = value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
  }

  /// Reads up to 16 digits. Nil when one of them is none.
  static func read(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64? {
    var word: UInt64 = 0
    for index in range {
      let byte = text[index]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): word = word << 4 | UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): word = word << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return word
  }
}
