extension Base64 {
  /// The value of each byte as a digit; 0xFF for what is none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  /// Whether a byte is a digit; padding is none.
  package static func isDigit(_ byte: UInt8) -> Bool { values[Int(byte)] != 0xFF }

  /// Reads digits as Go does, which Ollama is written in: line breaks do not count. The padding may be missing.
  ///
  /// - Parameter limit: bytes; more are not decoded.
  /// - Returns: nil for what is no base 64, and more than `limit` bytes for what is too long.
  package static func decode(_ text: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(text.count / 4 * 3, limit) + 3)
    var (bits, digits, padding): (UInt32, Int, Int) = (0, 0, 0)
    for byte in text {
      let value = values[Int(byte)]
      if value == 0xFF {
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { continue }
        guard byte == UInt8(ascii: "=") else { return nil }
        padding += 1
        continue
      }
      guard padding == 0 else { return nil }
      bits = bits << 6 | UInt32(value)
      digits += 1
      guard digits == 4 else { continue }
      bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
      bytes.append(UInt8(truncatingIfNeeded: bits))
      (bits, digits) = (0, 0)
      if bytes.count > limit { return bytes }
    }
    switch (digits, padding) {
    case (0, 0): break
    case (2, 0), (2, 2): bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
    case (3, 0), (3, 1):
      bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
    default: return nil
    }
    return bytes
  }
}
