internal import Glibc

/// A point of `CLOCK_MONOTONIC` up to which a condition variable of that clock is waited for.
struct MonotonicDeadline {
  private var time = timespec()

  /// - Parameter limit: from now on; a negative one is now, one of over a hundred years is a hundred years.
  init(after limit: Duration) {
    clock_gettime(CLOCK_MONOTONIC, &time)
    let (seconds, attoseconds) = min(max(limit, .zero), .seconds(3_153_600_000)).components
    let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
    time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
    time.tv_nsec = nanoseconds % 1_000_000_000
  }

  /// Waits once. False when the time was up.
  func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>, _ mutex: UnsafeMutablePointer<pthread_mutex_t>)
    -> Bool
  {
    var time = time
    return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }
}
