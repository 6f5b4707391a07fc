public import System

/// The limits of one somebody, and what of them is used: a plain value.
///
/// Rates go by the monotonic clock, windows of the calendar by the wall clock. A request asks ``excess(of:at:_:)``, then takes with
/// ``take(_:at:_:count:)``: between the two nobody else may come, so that of several accounts either all give or none.
public struct LimitAccount: Sendable {
  /// What holds now.
  public private(set) var limits: LimitSet
  /// The value of `RateLimit-Policy` that says so.
  private(set) var policies: [UInt8] = []
  var requests = RateBucket()
  var tokens = RateBucket()
  /// Of each unit and period that was ever limited, one: ``mostWindows`` at most. Who loses a budget and gets it back has used what
  /// was used.
  var windows: [WindowCounter] = []
  /// Tokens that those who run have reserved of a day.
  var heldDayTokens = 0
  var running = 0
  var streams = 0
  var websockets = 0

  /// Nothing is used.
  public init() { limits = .none }

  /// One of each unit and period, at most.
  public static let mostWindows = WindowUnit.allCases.count * CalendarPeriod.allCases.count

  /// These limits hold from now on. What is used stays used.
  public mutating func use(_ limits: LimitSet, at now: MonotonicTime, _ wall: Timestamp) {
    guard limits != self.limits else { return }
    self.limits = limits
    policies = RateLimitFields.policies(of: limits)
    requests.use(limits.rpm, at: now)
    tokens.use(limits.tpm, at: now)
    for place in windows.indices { windows[place].most = nil }
    if let rpd = limits.rpd { end(.requests, .day, with: rpd, at: wall) }
    if limits.tpd != nil { _ = place(of: .tokens, .day, at: wall) }
    for budget in limits.budgets {
      end(WindowUnit(budget.unit), budget.period, with: budget.amount, at: wall)
    }
  }

  private mutating func end(
    _ unit: WindowUnit, _ period: CalendarPeriod, with amount: Int, at wall: Timestamp
  ) {
    windows[place(of: unit, period, at: wall)].most = unit.counted(amount)
  }

  /// What a store remembers of a window, which counts from now on beside what was used since; of one that is over nothing.
  public mutating func restore(
    _ amount: Int64, of unit: WindowUnit, _ window: CalendarWindow, at wall: Timestamp
  ) {
    let place = place(of: unit, window.period, at: wall)
    guard windows[place].window == window else { return }
    windows[place].add(max(amount, 0))
  }

  /// Where the counter is; one that there was not yet begins.
  mutating func place(of unit: WindowUnit, _ period: CalendarPeriod, at wall: Timestamp) -> Int {
    if let place = windows.firstIndex(where: { $0.unit == unit && $0.window.period == period }) {
      return place
    }
    windows.append(WindowCounter(unit, period, at: wall))
    return windows.count - 1
  }

  /// Goes on to the windows of this time.
  mutating func advance(to wall: Timestamp) {
    for place in windows.indices { windows[place].advance(to: wall) }
  }

  /// The counter of the window that runs; the caller has gone on to it.
  func used(_ unit: WindowUnit, _ period: CalendarPeriod) -> WindowCounter? {
    windows.first { $0.unit == unit && $0.window.period == period }
  }

  /// Whether it may be forgotten: nothing of it is used, held or counted in a window that runs.
  public mutating func isFresh(at now: MonotonicTime, _ wall: Timestamp) -> Bool {
    guard running == 0, streams == 0, websockets == 0, heldDayTokens == 0 else { return false }
    guard requests.fullAgain(at: now) == 0, tokens.fullAgain(at: now) == 0 else { return false }
    advance(to: wall)
    return windows.allSatisfy { $0.used == 0 }
  }
}
