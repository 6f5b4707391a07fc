import Sessions
import System

/// Clocks that go when they are told to.
final class ManualClock: Sendable {
  private let elapsed = Lock(Duration.zero)
  /// What the time of day is ahead of the other clock.
  private let offset = Lock(Duration.zero)

  func advance(by duration: Duration) {
    elapsed.withLock { $0 += duration }
  }

  /// Sets the time of day forward, or back.
  func set(by duration: Duration) { offset.withLock { $0 += duration } }

  /// The time of day.
  var now: Timestamp {
    let time = elapsed.withLock { $0 } + offset.withLock { $0 }
    return Timestamp(millisecondsSince1970: Int64(time.milliseconds))
  }

  var clock: SessionClock {
    SessionClock(
      timestamp: { self.now },
      monotonic: { MonotonicTime(nanoseconds: 0) + self.elapsed.withLock { $0 } }, isRealTime: false)
  }
}
