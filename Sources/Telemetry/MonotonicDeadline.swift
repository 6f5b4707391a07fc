internal import Glibc
internal import System

/// A point of `CLOCK_MONOTONIC` up to which a condition variable of that clock is waited for.
struct MonotonicDeadline {
  private let time: timespec

  /// - Parameter limit: from now on; a negative one is now, one of centuries has no end.
  init(after limit: Duration) {
    let end = Int((MonotonicTime.now + max(limit, .zero)).nanoseconds)
    time = timespec(tv_sec: end / 1_000_000_000, tv_nsec: end % 1_000_000_000)
  }

  /// Waits once. False when the time was up.
  func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>, _ mutex: UnsafeMutablePointer<pthread_mutex_t>)
    -> Bool
  {
    var time = time
    return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }
}
