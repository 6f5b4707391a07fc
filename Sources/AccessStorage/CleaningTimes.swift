internal import Sessions
internal import System

/// Says when rows that are over are deleted again: now and then, and not by a clock that was set forward for a while.
struct CleaningTimes: Sendable {
  /// A clock that was set forward by as much is believed when it has gone by.
  private static let doubt = Duration.seconds(86_400)

  private let interval: Duration
  private var next: Timestamp
  private var clock: RetentionClock

  /// - Parameter interval: from one time to the next.
  init(each interval: Duration, from now: Timestamp = .now, _ monotonic: MonotonicTime = .now) {
    self.interval = interval
    next = now
    clock = RetentionClock(keepingFor: Self.doubt, at: now, monotonic)
  }

  /// Whether it is time; then the next one is after the interval.
  mutating func isDue(at now: Timestamp, _ monotonic: MonotonicTime) -> Bool {
    guard clock.mayDrop(at: now, monotonic) else { return false }
    // A clock that was set back would put it off.
    guard now >= next || next > now.adding(interval) else { return false }
    next = now.adding(interval)
    return true
  }
}
