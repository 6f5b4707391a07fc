/// Digits of base 62: `0-9A-Za-z`, in the order of their bytes.
package enum Base62 {
  /// How many digits there are.
  package static let radix: UInt8 = 62

  /// Whether a byte is a digit.
  @inlinable
  package static func isDigit(_ byte: UInt8) -> Bool { ASCII.isAlphanumeric(byte) }

  /// The digit of a value below 62.
  package static func digit(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<10: UInt8(ascii: "0") &+ value
    case 10..<36: UInt8(ascii: "A") &+ (value &- 10)
    default: UInt8(ascii: "a") &+ (value &- 36)
    }
  }

  /// The digits of a number, the most significant first, padded with `0` to `count`; what has no room is left out.
  package static func digits(of number: UInt32, count: Int) -> [UInt8] {
    var digits = [UInt8](repeating: digit(0), count: max(count, 0))
    var rest = number
    for index in digits.indices.reversed() {
      let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: UInt32(radix))
      digits[index] = digit(UInt8(truncatingIfNeeded: remainder))
      rest = quotient
    }
    return digits
  }

  /// Random digits, each as likely as any other.
  package static func random(count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in digit(UInt8.random(in: 0..<radix, using: &generator)) }
  }
}
