public import System

/// What of a ``Rate`` is used: the generic cell rate algorithm with a cost (ITU-T I.371, "virtual scheduling").
///
/// It is one number, the theoretical arrival time: when all that was taken will have been given back, if one of `amount` comes
/// back each `window / amount`. As that is rarely a whole number of nanoseconds, times are counted here in parts of a nanosecond, of
/// which one has `amount`: in these a unit costs exactly `window` parts, and nothing is rounded. A time has up to 9.3 x 10^18
/// nanoseconds of 10^15 parts, and what is owed is bounded to 2^116 parts: sums and products fit into 128 bits.
///
/// Times may be a little before those of earlier events, as threads race; that does no harm.
public struct GCRA: Equatable, Sendable {
  /// The theoretical arrival time, in parts of a nanosecond.
  private var arrival: Int128

  /// Nothing is used.
  public init() { arrival = -GCRA.mostOwed }

  /// What is owed at most, in parts: a rate has 10^15 x 8.64 x 10^13 at most for what may be taken at once.
  private static let mostOwed: Int128 = 1 << 116

  private static func parts(_ time: MonotonicTime, _ rate: Rate) -> Int128 {
    Int128(time.nanoseconds) * Int128(rate.amount)
  }

  private static func cost(_ units: Int, _ rate: Rate) -> Int128 {
    Int128(min(max(units, 0), LimitSet.range.upperBound)) * Int128(rate.window)
  }

  /// What may be owed: the tolerance `tau`.
  private static func tolerance(_ rate: Rate) -> Int128 { Int128(rate.burst) * Int128(rate.window) }

  private func owed(_ rate: Rate, _ now: MonotonicTime) -> Int128 { max(arrival - GCRA.parts(now, rate), 0) }

  private mutating func owe(_ parts: Int128, _ rate: Rate, _ now: MonotonicTime) {
    arrival = GCRA.parts(now, rate) + min(parts, GCRA.mostOwed)
  }

  /// Whether so much may be taken now.
  public func admits(_ units: Int, of rate: Rate, at now: MonotonicTime) -> Bool {
    owed(rate, now) + GCRA.cost(units, rate) <= GCRA.tolerance(rate)
  }

  /// How long until so much may be taken, in nanoseconds: 0 when it may be now; nil when it never may, as it is more than the
  /// rate has at once. Exact: so long after `now` it may be taken, and a nanosecond earlier it may not.
  public func wait(for units: Int, of rate: Rate, at now: MonotonicTime) -> Int64? {
    let excess = owed(rate, now) + GCRA.cost(units, rate) - GCRA.tolerance(rate)
    if excess <= 0 { return 0 }
    guard units <= rate.burst else { return nil }
    return Int64(clamping: (excess + Int128(rate.amount) - 1) / Int128(rate.amount))
  }

  /// Takes so much, whether it may be or not: what is too much is owed, and the next one waits for it.
  public mutating func take(_ units: Int, of rate: Rate, at now: MonotonicTime) {
    owe(owed(rate, now) + GCRA.cost(units, rate), rate, now)
  }

  /// Gives back some of what was taken, down to nothing used: what has come back by itself since does not come twice.
  public mutating func giveBack(_ units: Int, of rate: Rate, at now: MonotonicTime) {
    owe(max(owed(rate, now) - GCRA.cost(units, rate), 0), rate, now)
  }

  /// How much may be taken now.
  public func remaining(of rate: Rate, at now: MonotonicTime) -> Int {
    let rest = GCRA.tolerance(rate) - owed(rate, now)
    return rest <= 0 ? 0 : Int(clamping: rest / Int128(rate.window))
  }

  /// How long until nothing is used any more, in nanoseconds.
  public func fullAgain(of rate: Rate, at now: MonotonicTime) -> Int64 {
    let parts = owed(rate, now)
    return parts == 0 ? 0 : Int64(clamping: (parts + Int128(rate.amount) - 1) / Int128(rate.amount))
  }

  /// Another rate from now on. What is used stays used, in units.
  public mutating func change(from old: Rate, to new: Rate, at now: MonotonicTime) {
    let parts = owed(old, now)
    // A unit costs the window in parts, whatever the amount: what is owed in parts is the same of another amount.
    guard old.window != new.window else { return owe(parts, new, now) }
    let units = (parts + Int128(old.window) - 1) / Int128(old.window)
    let (product, overflow) = units.multipliedReportingOverflow(by: Int128(new.window))
    owe(overflow ? GCRA.mostOwed : product, new, now)
  }
}
