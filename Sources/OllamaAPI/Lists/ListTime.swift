internal import Bytes

/// A time as Ollama's lists have it, to be compared: RFC 3339 with a server's own offset and up to nanoseconds, or whole seconds.
struct ListTime: Comparable, Sendable {
  /// Since 1970.
  let seconds: Int
  let nanoseconds: Int

  static func < (left: ListTime, right: ListTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// - Parameter value: a string or a number of JSON. nil for what is no such time.
  init?(_ value: UnsafeRawBufferPointer) {
    guard value.first == UInt8(ascii: "\"") else {
      guard value.count <= 18, let seconds = Int(String(decoding: value, as: UTF8.self)) else { return nil }
      self.init(seconds: seconds, nanoseconds: 0)
      return
    }
    guard value.count >= 22, value.count <= 64 else { return nil }
    self.init(text: value.dropFirst().dropLast())
  }

  private init(seconds: Int, nanoseconds: Int) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// - Parameter text: `2026-01-31T23:59:59.123456789+02:00`.
  private init?(text: Slice<UnsafeRawBufferPointer>) {
    var rest = text
    guard let year = Self.number(4, &rest), Self.skip("-", &rest), let month = Self.number(2, &rest),
      Self.skip("-", &rest), let day = Self.number(2, &rest), Self.skip("T", &rest) || Self.skip("t", &rest),
      let hour = Self.number(2, &rest), Self.skip(":", &rest), let minute = Self.number(2, &rest),
      Self.skip(":", &rest), let second = Self.number(2, &rest), (1...12).contains(month)
    else { return nil }
    var fraction = 0
    if Self.skip(".", &rest) {
      var scale = 100_000_000
      while let byte = rest.first, ASCII.isDigit(byte) {
        fraction += Int(byte - UInt8(ascii: "0")) * scale
        scale /= 10
        rest = rest.dropFirst()
      }
    }
    guard let offset = Self.offset(&rest), rest.isEmpty else { return nil }
    seconds =
      (Self.days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset
    nanoseconds = fraction
  }

  /// In seconds.
  private static func offset(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Int? {
    if skip("Z", &rest) || skip("z", &rest) { return 0 }
    let isNegative = skip("-", &rest)
    guard isNegative || skip("+", &rest), let hours = number(2, &rest), skip(":", &rest),
      let minutes = number(2, &rest)
    else { return nil }
    return (hours * 60 + minutes) * (isNegative ? -60 : 60)
  }

  /// Since 1970, of the proleptic Gregorian calendar: years begin in March, so that a leap day comes last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month > 2 ? year : year - 1
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func number(_ digits: Int, _ rest: inout Slice<UnsafeRawBufferPointer>) -> Int? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.allSatisfy({ ASCII.isDigit($0) }) else { return nil }
    rest = rest.dropFirst(digits)
    return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func skip(_ character: Unicode.Scalar, _ rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }
}
