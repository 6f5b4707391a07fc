internal import Bytes

/// Spans of time as administrators and LiteLLM write them: a whole number and `s`, `m`, `h`, `d`, `w` or `mo` (30 days), such as
/// `24h` and `90d`.
package enum TimeSpanText {
  /// Continues "takes …".
  package static let takes = "a span of time such as 30s, 15m, 24h, 90d or 12w"

  /// The longest: ten years.
  package static let longest = Duration.seconds(3653 * 86_400)

  private static let units: [(name: String, seconds: Int)] = [
    ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800), ("mo", 2_592_000),
  ]

  /// Nil for anything else, and for what is longer than ``longest``.
  package static func duration(_ text: String) -> Duration? {
    let digits = text.utf8.prefix(while: ASCII.isDigit)
    let unit = text.utf8.dropFirst(digits.count)
    guard digits.count <= 12, let number = String(decoding: digits, as: UTF8.self).utf8.decimal,
      let seconds = units.first(where: { $0.name.utf8.elementsEqual(unit) })?.seconds
    else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: seconds)
    guard !overflow, .seconds(product) <= longest else { return nil }
    return .seconds(product)
  }
}
