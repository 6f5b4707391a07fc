internal import Bytes

/// The text of a number: RFC 8259, section 6.
enum NumberText {
  static func isPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// Whether this is a number that may be more than simdjson holds: a whole number over 64 bits, or one of 1e308 or more.
  /// False for what is no number.
  static func isLarge(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    var rest = text
    let isNegative = take("-", from: &rest)
    let whole = digits(of: &rest)
    guard let first = whole.first, first != UInt8(ascii: "0") || whole.count == 1 else { return false }
    if rest.isEmpty { return isOverSixtyFourBits(whole, isNegative: isNegative) }
    var fraction = rest[rest.startIndex..<rest.startIndex]
    if take(".", from: &rest) {
      fraction = digits(of: &rest)
      guard !fraction.isEmpty else { return false }
    }
    var exponent = 0
    if take("e", from: &rest) || take("E", from: &rest) {
      let isBelowOne = take("-", from: &rest)
      if !isBelowOne { take("+", from: &rest) }
      let figures = digits(of: &rest)
      guard !figures.isEmpty else { return false }
      // More figures than these are too many by any count of digits before them.
      let size = figures.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 1 << 40) }
      exponent = isBelowOne ? -size : size
    }
    guard rest.isEmpty, let order = order(whole, fraction) else { return false }
    return order + exponent >= 309
  }

  /// The digits before the point in front of which only zeros stand: at most 0 for numbers below 1; `nil` for zero.
  private static func order(
    _ whole: Slice<UnsafeRawBufferPointer>, _ fraction: Slice<UnsafeRawBufferPointer>
  ) -> Int? {
    if whole.first != UInt8(ascii: "0") { return whole.count }
    return fraction.firstIndex { $0 != UInt8(ascii: "0") }.map { fraction.startIndex - $0 }
  }

  private static func isOverSixtyFourBits(
    _ digits: Slice<UnsafeRawBufferPointer>, isNegative: Bool
  ) -> Bool {
    guard digits.count >= 19 else { return false }
    var magnitude: UInt64 = 0
    for digit in digits {
      let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
      if overflow || carry { return true }
      magnitude = sum
    }
    return isNegative && magnitude > Int64.min.magnitude
  }

  private static func digits(of rest: inout Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    let digits = rest.prefix(while: ASCII.isDigit)
    rest = rest.dropFirst(digits.count)
    return digits
  }

  @discardableResult
  private static func take(_ character: Unicode.Scalar, from rest: inout Slice<UnsafeRawBufferPointer>)
    -> Bool
  {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }
}
