internal import System

/// What of a rate a minute is used. Who loses the limit and gets one back has used what was used: the last rate goes on counting.
struct RateBucket: Sendable {
  private var used = GCRA()
  private var rate: Rate?

  /// So much a minute holds from now on; nil: nothing does.
  mutating func use(_ limit: Int?, at now: MonotonicTime) {
    guard let limit else { return }
    let new = Rate.minutely(limit)
    if let rate, rate != new { used.change(from: rate, to: new, at: now) }
    rate = new
  }

  func admits(_ units: Int, at now: MonotonicTime) -> Bool {
    rate.map { used.admits(units, of: $0, at: now) } ?? true
  }

  func wait(for units: Int, at now: MonotonicTime) -> Int64? {
    rate.map { used.wait(for: units, of: $0, at: now) } ?? 0
  }

  mutating func take(_ units: Int, at now: MonotonicTime) {
    if let rate { used.take(units, of: rate, at: now) }
  }

  mutating func giveBack(_ units: Int, at now: MonotonicTime) {
    if let rate { used.giveBack(units, of: rate, at: now) }
  }

  func remaining(at now: MonotonicTime) -> Int { rate.map { used.remaining(of: $0, at: now) } ?? 0 }

  /// In nanoseconds.
  func fullAgain(at now: MonotonicTime) -> Int64 { rate.map { used.fullAgain(of: $0, at: now) } ?? 0 }
}
