public import System

/// A timer of an ``EventLoop``: made once, set and unset as often as needed, in O(log n) and without allocation.
///
/// Lives on its loop's thread. The loop keeps it while it is set; dropping the last reference to a timer that
/// is not set frees it.
public final class LoopTimer {
  /// When the timer fires; meaningful only while it is set.
  public internal(set) var deadline = MonotonicTime(nanoseconds: 0)
  /// Its place in the ``TimerHeap``, or nil while it is not set.
  var heapIndex: Int?
  let action: () -> Void
  private unowned let loop: EventLoop

  init(loop: EventLoop, action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
  }

  /// When the timer fires; nil while it is not set.
  public var wakeUp: MonotonicTime? { isScheduled ? deadline : nil }

  /// True from ``schedule(after:)`` until it fires or ``cancel()`` is called.
  public var isScheduled: Bool { heapIndex != nil }

  /// Lets the timer fire once, `delay` after the loop's current time; one that is set already is set anew.
  public func schedule(after delay: Duration) {
    schedule(at: loop.now + delay)
  }

  /// Lets the timer fire once, in the first tick of the loop that begins at `time` or later.
  public func schedule(at time: MonotonicTime) {
    loop.preconditionCurrent()
    loop.timers.remove(self)
    deadline = time
    loop.timers.insert(self)
  }

  /// Unsets the timer. Harmless if it is not set.
  public func cancel() {
    loop.preconditionCurrent()
    loop.timers.remove(self)
  }
}
