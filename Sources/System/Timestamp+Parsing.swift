internal import Bytes

extension Timestamp {
  /// Reads a time as RFC 3339 section 5.6 writes it: `2026-01-31T23:59:59Z`, with a fraction or an offset such as `+01:00` or
  /// without; what is finer than a millisecond is left out. A day alone (`2026-01-31`) is its beginning in UTC. Nil for anything
  /// else, days and hours that there are not among it.
  package init?(iso8601 text: String) {
    guard text.utf8.count <= 40 else { return nil }
    var rest = Array(text.utf8)[...]
    guard let year = rest.digits(4), rest.drop("-"), let month = rest.digits(2), rest.drop("-"),
      let day = rest.digits(2), (1...12).contains(month),
      (1...Timestamp.days(inMonth: month, of: year)).contains(day)
    else { return nil }
    var milliseconds = Timestamp.days(year: year, month: month, day: day) * 86_400_000
    if !rest.isEmpty {
      guard let inDay = Timestamp.time(&rest), let offset = Timestamp.offset(&rest), rest.isEmpty else {
        return nil
      }
      milliseconds += inDay - offset
    }
    self.init(millisecondsSince1970: milliseconds)
  }

  /// Milliseconds since midnight. A leap second is the one before it.
  private static func time(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    guard rest.drop("T") || rest.drop("t") || rest.drop(" "), let hour = rest.digits(2), rest.drop(":"),
      let minute = rest.digits(2), rest.drop(":"), let second = rest.digits(2), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    let whole = ((hour * 60 + minute) * 60 + min(second, 59)) * 1000
    guard rest.drop(".") else { return whole }
    let fraction = rest.prefix(while: ASCII.isDigit)
    guard !fraction.isEmpty else { return nil }
    rest.removeFirst(fraction.count)
    let digits = fraction.prefix(3) + repeatElement(UInt8(ascii: "0"), count: max(0, 3 - fraction.count))
    return whole + digits.reduce(0) { $0 * 10 + Int64($1 &- UInt8(ascii: "0")) }
  }

  /// Milliseconds before UTC.
  private static func offset(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    if rest.drop("Z") || rest.drop("z") { return 0 }
    let isWest = rest.drop("-")
    guard isWest || rest.drop("+"), let hours = rest.digits(2), rest.drop(":"), let minutes = rest.digits(2),
      hours < 24, minutes < 60
    else { return nil }
    let offset = (hours * 60 + minutes) * 60_000
    return isWest ? -offset : offset
  }

  private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970 of a date of the proleptic Gregorian calendar, by years that start on 1 March.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let era = shifted >= 0 ? shifted / 400 : -1
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension ArraySlice<UInt8> {
  /// Takes so many digits from the beginning; nil, and nothing is taken, where they are not.
  fileprivate mutating func digits(_ count: Int) -> Int64? {
    let digits = prefix(count)
    guard digits.count == count, digits.allSatisfy(ASCII.isDigit) else { return nil }
    removeFirst(count)
    return digits.reduce(0) { $0 * 10 + Int64($1 &- UInt8(ascii: "0")) }
  }

  /// Takes this byte from the beginning, and says whether it was there.
  fileprivate mutating func drop(_ character: Unicode.Scalar) -> Bool {
    guard first == UInt8(ascii: character) else { return false }
    removeFirst()
    return true
  }
}
