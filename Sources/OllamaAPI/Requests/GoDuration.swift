internal import Bytes

/// Go's `time.ParseDuration`, which reads Ollama's `keep_alive`: "300ms", "-1.5h", "2h45m", "0".
enum GoDuration {
  /// The duration in nanoseconds, cut towards zero; `nil` when Go refuses the text, or it is over 292 years.
  static func nanoseconds(_ text: [UInt8]) -> Int64? {
    var rest = text[...]
    var isNegative = false
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      rest = rest.dropFirst()
    }
    if rest.elementsEqual("0".utf8) { return 0 }
    guard !rest.isEmpty else { return nil }
    var total: UInt64 = 0
    while !rest.isEmpty {
      guard let part = part(of: &rest) else { return nil }
      // Twice 2^63 wraps to 0, in Go as well.
      total &+= part
      guard total <= 1 << 63 else { return nil }
    }
    if isNegative { return Int64(truncatingIfNeeded: 0 &- total) }
    return Int64(exactly: total)
  }

  /// One number with its unit, such as `1.5h`.
  private static func part(of rest: inout ArraySlice<UInt8>) -> UInt64? {
    let whole = digits(of: &rest)
    var fraction = ArraySlice<UInt8>()
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = digits(of: &rest)
    }
    guard !whole.isEmpty || !fraction.isEmpty, let unit = unit(of: &rest) else { return nil }
    guard let count = integer(whole) else { return nil }
    let (value, overflow) = count.multipliedReportingOverflow(by: unit)
    guard !overflow, value <= 1 << 63 else { return nil }
    let sum = value + nanoseconds(ofFraction: fraction, unit: unit)
    return sum <= 1 << 63 ? sum : nil
  }

  private static func digits(of rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = rest.prefix(while: ASCII.isDigit)
    rest = rest.dropFirst(digits.count)
    return digits
  }

  private static func unit(of rest: inout ArraySlice<UInt8>) -> UInt64? {
    let name = rest.prefix { $0 != UInt8(ascii: ".") && !ASCII.isDigit($0) }
    rest = rest.dropFirst(name.count)
    for (unit, nanoseconds) in units where name.elementsEqual(unit.utf8) { return nanoseconds }
    return nil
  }

  /// The micro sign and the Greek letter are two spellings.
  private static let units: [(name: String, nanoseconds: UInt64)] = [
    ("ns", 1), ("us", 1_000), ("\u{B5}s", 1_000), ("\u{3BC}s", 1_000), ("ms", 1_000_000),
    ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
  ]

  private static func integer(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow, tens <= 1 << 63 else { return nil }
      value = tens + UInt64(digit - UInt8(ascii: "0"))
      guard value <= 1 << 63 else { return nil }
    }
    return value
  }

  /// As Go does it: digits that do not fit are dropped, the rest goes through a double.
  private static func nanoseconds(ofFraction digits: ArraySlice<UInt8>, unit: UInt64) -> UInt64 {
    var value: UInt64 = 0
    var scale = 1.0
    for digit in digits {
      guard value <= UInt64(Int64.max) / 10 else { break }
      let next = value * 10 + UInt64(digit - UInt8(ascii: "0"))
      guard next <= 1 << 63 else { break }
      value = next
      scale *= 10
    }
    return UInt64(Double(value) * (Double(unit) / scale))
  }
}
