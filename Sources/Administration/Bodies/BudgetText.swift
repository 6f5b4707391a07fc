internal import Bytes
internal import HTTPFields
package import Limits

extension Budget {
  /// Continues "takes …".
  package static let textTakes =
    "an amount, its unit and its period, such as 1000000tokens/month or 3600gpu_seconds/day"

  /// Reads the text of a flag: `AMOUNTUNIT/PERIOD`. Nil for anything else.
  package init?(text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let digits = parts[0].prefix(while: ASCII.isDigit)
    guard digits.count <= 16, let amount = String(decoding: digits, as: UTF8.self).utf8.decimal,
      LimitSet.range.contains(amount),
      let unit = Unit(bytesOf: String(decoding: parts[0].dropFirst(digits.count), as: UTF8.self)),
      let period = CalendarPeriod(bytesOf: String(decoding: parts[1], as: UTF8.self))
    else { return nil }
    self.init(unit: unit, period: period, amount: amount)
  }

  /// As ``init(text:)`` reads it.
  package var text: String { "\(amount)\(unit.rawValue)/\(period.rawValue)" }
}
