internal import Bytes
internal import System

/// Spans of time as text: a whole number of `ms`, `s`, `m` or `h`; a plain number is seconds.
enum TimeSpan {
  private static let units: [(name: String, milliseconds: Int)] = [
    ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// Nil when it is no span of time.
  static func duration(_ text: String) -> Duration? {
    let number = String(text.prefix { $0.isNumber })
    let rest = text.dropFirst(number.count).lowercased()
    let unit = rest.isEmpty ? "s" : rest
    guard let value = number.utf8.decimal, let scale = units.first(where: { $0.name == unit })?.milliseconds
    else {
      return nil
    }
    let (milliseconds, overflow) = value.multipliedReportingOverflow(by: scale)
    return overflow ? nil : .milliseconds(milliseconds)
  }

  /// In the largest unit that divides it.
  static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    guard milliseconds != 0 else { return "0s" }
    guard let unit = units.first(where: { milliseconds % $0.milliseconds == 0 }) else {
      return "\(milliseconds)ms"
    }
    return "\(milliseconds / unit.milliseconds)\(unit.name)"
  }
}
