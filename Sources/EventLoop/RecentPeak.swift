internal import System

/// The greatest of the durations that were noted lately: within the last ``span`` at least, and twice of that at most.
///
/// Reading it changes nothing, so that several readers, at whatever intervals of up to ``span``, all see each peak.
struct RecentPeak {
  static let span = Duration.seconds(30)

  private var start = MonotonicTime(nanoseconds: 0)
  private var current = Duration.zero
  private var previous = Duration.zero

  mutating func note(_ duration: Duration, at now: MonotonicTime) {
    moveOn(to: now)
    if duration > current { current = duration }
  }

  /// Zero where nothing was noted lately.
  mutating func value(at now: MonotonicTime) -> Duration {
    moveOn(to: now)
    return max(current, previous)
  }

  private mutating func moveOn(to now: MonotonicTime) {
    let age = now - start
    guard age >= RecentPeak.span else { return }
    previous = age < RecentPeak.span * 2 ? current : .zero
    current = .zero
    start = now
  }
}
