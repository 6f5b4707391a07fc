/// What one account has given to one request, until that ends.
public struct LimitHold: Equatable, Sendable {
  /// Tokens of the minute.
  var tokens = 0
  /// Tokens of the day.
  var dayTokens = 0
  /// Whether it is counted as a request of the minute.
  var isOfMinute = false
  /// The day in which it is counted.
  var day: CalendarWindow?
  /// What was counted in windows of the calendar while it ran; empty as long as nothing was.
  var spent: [Spending] = []
  /// Whether a request, and whether a stream, is counted as running.
  var hasPlace = false
  var hasStream = false

  /// Nothing.
  public init() {}

  /// So much was counted in a window, 0 or more.
  struct Spending: Equatable, Sendable {
    let unit: WindowUnit
    let window: CalendarWindow
    var amount: Int64
  }

  /// So much more was counted in a window.
  mutating func note(_ amount: Int64, _ unit: WindowUnit, _ window: CalendarWindow) {
    if let place = spent.lastIndex(where: { $0.unit == unit && $0.window == window }) {
      let (sum, overflow) = spent[place].amount.addingReportingOverflow(amount)
      spent[place].amount = overflow ? .max : sum
    } else {
      spent.append(Spending(unit: unit, window: window, amount: amount))
    }
  }

  /// Where something was counted in a window that is to be given back: where the clock was set, in the last one of its period.
  func place(of unit: WindowUnit, _ window: CalendarWindow) -> Int? {
    spent.lastIndex { $0.unit == unit && $0.window == window && $0.amount > 0 }
      ?? spent.lastIndex { $0.unit == unit && $0.window.period == window.period && $0.amount > 0 }
  }
}
