package import System

/// Says whether the time of day can tell what was not used for a time. Where the clock was set forward by as much or more, all looks
/// as old: then it can only once that time has gone by.
///
/// A clock that is behind makes things look newer than they are, which costs nobody anything.
package struct RetentionClock: Sendable {
  private let time: Duration
  private let start: MonotonicTime
  /// What the time of day was at ``start``, by the last look.
  private var base: Timestamp
  private var wasSetForwardAt: MonotonicTime?

  /// - Parameters:
  ///   - time: for how long something is kept.
  ///   - now: the time of day.
  package init(keepingFor time: Duration, at now: Timestamp, _ monotonic: MonotonicTime) {
    self.time = time
    (start, base) = (monotonic, now)
  }

  /// Whether what is older may go. To be asked much more often than the time goes by.
  package mutating func mayDrop(at now: Timestamp, _ monotonic: MonotonicTime) -> Bool {
    let found = now.adding(.zero - (monotonic - start))
    if found >= base.adding(time) { wasSetForwardAt = monotonic }
    base = found
    guard let wasSetForwardAt else { return true }
    return monotonic - wasSetForwardAt >= time
  }
}
