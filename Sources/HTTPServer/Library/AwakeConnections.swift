internal import System

/// The connections that wait for their handler without being suspended: few, and for a moment.
///
/// To suspend and resume a connection costs two `epoll_ctl`, a `recv` in vain and a walk over all that are suspended: a
/// tenth of what a small request costs, and many have their response at once. While a connection is awake, libmicrohttpd calls
/// its access handler in each run: that costs little where they are few.
struct AwakeConnections {
  /// At most so many wait.
  static let limit = 32
  /// At most so long. Where a loop has all to do that it can, each small request of 32 at once waits for about a millisecond: a
  /// bound as short as that would suspend many, and the more, the slower that makes the others.
  static let longest = Duration.milliseconds(2)

  var count = 0

  /// - Parameter start: since when the connection is awake, or nil where it wants to begin.
  func mayWait(since start: MonotonicTime?, at now: MonotonicTime) -> Bool {
    guard let start else { return count < AwakeConnections.limit }
    return now < start + AwakeConnections.longest
  }
}
