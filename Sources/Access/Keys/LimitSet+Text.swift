internal import Bytes
internal import HTTPFields
public import Limits

// Limits as flags and environment variables have them: `rpm=60,concurrent=4,budget=1000000tokens/month`.
extension LimitSet {
  /// Continues "takes …".
  public static let takes =
    "off, or limits parted by commas, such as rpm=60,tpm=100000,concurrent=4,budget=1000000tokens/month: each of "
    + numbers.map(\.name).joined(separator: ", ") + " once from 1 to 10^15, and budgets of "
    + Budget.Unit.allCases.map(\.rawValue).joined(separator: " or ") + " by "
    + CalendarPeriod.allCases.map(\.rawValue).joined(separator: ", ")

  /// Reads such a text; `off` limits nothing. Nil for anything else, and where something stands there twice.
  public init?(_ text: String) {
    self.init()
    if text.hasSameBytes(as: "off") { return }
    guard text.utf8.count <= 1000 else { return nil }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2 else { return nil }
      if pair[0].hasSameBytes(as: "budget") {
        guard let budget = Budget(pair[1]),
          !budgets.contains(where: { $0.unit == budget.unit && $0.period == budget.period })
        else { return nil }
        budgets.append(budget)
      } else {
        guard let path = LimitSet.numbers.first(where: { $0.name.hasSameBytes(as: pair[0]) })?.path,
          self[keyPath: path] == nil, let limit = pair[1].utf8.decimal, LimitSet.range.contains(limit)
        else { return nil }
        self[keyPath: path] = limit
      }
    }
  }

  /// The text that reads back as this.
  public var text: String {
    let limits = LimitSet.numbers.compactMap { name, path in self[keyPath: path].map { "\(name)=\($0)" } }
    let parts = limits + budgets.map { "budget=\($0.text)" }
    return parts.isEmpty ? "off" : parts.joined(separator: ",")
  }
}

extension Budget {
  /// Reads `1000000tokens/month`; nil for anything else.
  public init?(_ text: String) {
    let digits = text.utf8.prefix(while: ASCII.isDigit)
    let rest = text.utf8[digits.endIndex...].split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard let amount = digits.decimal, LimitSet.range.contains(amount), rest.count == 2,
      let unit = Unit(bytesOf: String(decoding: rest[0], as: UTF8.self)),
      let period = CalendarPeriod(bytesOf: String(decoding: rest[1], as: UTF8.self))
    else { return nil }
    self.init(unit: unit, period: period, amount: amount)
  }

  /// The text that reads back as this.
  public var text: String { "\(amount)\(unit.rawValue)/\(period.rawValue)" }
}
