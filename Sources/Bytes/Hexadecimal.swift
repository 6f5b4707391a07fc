/// Numbers and bytes as hexadecimal digits, which are written in lower case.
@usableFromInline
package enum Hexadecimal {
  /// The digit of a value below 16.
  @inlinable
  package static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
  }

  /// The value of a digit of either case; nil for any other byte.
  @inlinable
  package static func value(of digit: UInt8) -> UInt8? {
    if ASCII.isDigit(digit) { return digit &- UInt8(ascii: "0") }
    let letter = digit | 0x20
    return letter &- UInt8(ascii: "a") < 6 ? letter &- UInt8(ascii: "a") &+ 10 : nil
  }

  /// The same where capitals are none, so that each number has one text (`HEXDIGLC` of W3C Trace Context section 3.2.1).
  @inlinable
  package static func value(ofLowercase digit: UInt8) -> UInt8? {
    digit &- UInt8(ascii: "A") < 6 ? nil : value(of: digit)
  }

  /// Writes the last `count` digits of a number, 16 at most, from `start` on: there is room for them.
  @inlinable
  package static func write(
    _ number: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int = 0, count: Int = 16
  ) {
    for index in 0..<count {
      buffer[start + index] = digit(UInt8(truncatingIfNeeded: number >> UInt64(4 * (count - 1 - index))) & 15)
    }
  }

  /// All sixteen digits of a number.
  package static func text(of number: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { buffer in
      write(number, to: buffer)
      return 16
    }
  }

  /// Two digits for each byte.
  package static func text(of bytes: some Sequence<UInt8>) -> String {
    String(decoding: bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] }, as: UTF8.self)
  }

  /// The number that up to 16 digits in lower case are. Nil when one of them is none.
  @inlinable
  package static func number(ofLowercase text: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64? {
    var number: UInt64 = 0
    for index in range {
      guard let value = value(ofLowercase: text[index]) else { return nil }
      number = number << 4 | UInt64(value)
    }
    return number
  }

  /// The bytes that pairs of digits in lower case are. Nil when one of them is none, or the last stands alone.
  package static func bytes(ofLowercase text: some Collection<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var high: UInt8?
    for digit in text {
      guard let value = value(ofLowercase: digit) else { return nil }
      if let first = high.take() { bytes.append(first << 4 | value) } else { high = value }
    }
    return high == nil ? bytes : nil
  }
}
