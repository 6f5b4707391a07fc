import Sessions
import System

/// Clocks that go when they are told to.
final class ManualClock: Sendable {
  private let elapsed = Lock(Duration.zero)

  func advance(by duration: Duration) {
    elapsed.withLock { $0 += duration }
  }

  var clock: SessionClock {
    SessionClock(
      timestamp: { Timestamp(millisecondsSince1970: Int64(self.elapsed.withLock { $0 }.milliseconds)) },
      monotonic: { MonotonicTime(nanoseconds: 0) + self.elapsed.withLock { $0 } }, isRealTime: false)
  }
}
