public import System

/// A deadline that is moved or unset far more often than it is reached, for a timer that is moved only where the new deadline is
/// earlier: otherwise the timer fires too soon, and asks here whether to sleep on.
///
/// A plain value: it sets no timer itself. Inlined, as it is moved several times a request.
public struct LazyDeadline {
  /// When it is reached; nil while there is none.
  public var time: MonotonicTime?

  /// None.
  @inlinable
  public init() { time = nil }

  /// What a timer does that has fired.
  public enum Wake: Equatable {
    /// Nothing: there is no deadline any more.
    case idle
    /// It sleeps on until then.
    case tooSoon(MonotonicTime)
    /// The deadline is reached.
    case reached
  }

  /// Whether a timer has to be moved to the deadline.
  ///
  /// - Parameter wakeUp: when the timer fires; nil while it is not set.
  @inlinable
  public func isMissed(byTimerAt wakeUp: MonotonicTime?) -> Bool {
    guard let time else { return false }
    guard let wakeUp else { return true }
    return wakeUp > time
  }

  /// What to do as the timer has fired.
  @inlinable
  public func wake(at now: MonotonicTime) -> Wake {
    guard let time else { return .idle }
    return now >= time ? .reached : .tooSoon(time)
  }
}
