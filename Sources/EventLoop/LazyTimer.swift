public import System

/// A timer for a deadline that is moved or unset far more often than it is reached: doing so costs next to nothing.
///
/// The timer behind it is moved only where the new deadline is earlier; otherwise it fires too soon, looks, and sleeps
/// on. Lives on its loop's thread, where the last reference must go, too, unless the loop has ended.
public final class LazyTimer {
  private var deadline = LazyDeadline()
  /// There from the end of the initializer on: its action knows this object.
  private var timer: LoopTimer?

  /// - Parameter action: called on the loop's thread each time that a deadline is reached.
  public init(loop: EventLoop, action: @escaping () -> Void) {
    timer = loop.makeTimer { [unowned self] in
      switch deadline.wake(at: loop.now) {
      case .idle: break
      case .tooSoon(let time): timer?.schedule(at: time)
      case .reached:
        deadline.time = nil
        action()
      }
    }
  }

  deinit {
    // An ended loop has unset it.
    if let timer, timer.isScheduled { timer.cancel() }
  }

  /// Lets the timer fire once, in the first tick of the loop that begins at `time` or later; a deadline that is set
  /// already is set anew.
  public func schedule(at time: MonotonicTime) {
    deadline.time = time
    if let timer, deadline.isMissed(byTimerAt: timer.wakeUp) { timer.schedule(at: time) }
  }

  /// As ``schedule(at:)``, unless an earlier deadline is set.
  public func schedule(noLaterThan time: MonotonicTime) {
    if let deadline = deadline.time, deadline <= time { return }
    schedule(at: time)
  }

  /// Unsets the deadline. Harmless if there is none.
  public func cancel() { deadline.time = nil }
}
