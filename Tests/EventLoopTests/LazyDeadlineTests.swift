import EventLoop
import System
import Testing

@Suite struct LazyDeadlineTests {
  private func time(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

  @Test func onlyAnEarlierDeadlineMovesTheTimer() {
    var deadline = LazyDeadline()
    #expect(!deadline.isMissed(byTimerAt: nil) && !deadline.isMissed(byTimerAt: time(1)))
    deadline.time = time(5)
    #expect(deadline.isMissed(byTimerAt: nil))
    #expect(deadline.isMissed(byTimerAt: time(6)))
    #expect(!deadline.isMissed(byTimerAt: time(5)))
    #expect(!deadline.isMissed(byTimerAt: time(4)))
  }

  @Test func aTimerThatFiresTooSoonSleepsOn() {
    var deadline = LazyDeadline()
    #expect(deadline.wake(at: time(1)) == .idle)
    deadline.time = time(5)
    #expect(deadline.wake(at: time(4)) == .tooSoon(time(5)))
    #expect(deadline.wake(at: time(5)) == .reached)
    deadline.time = nil
    #expect(deadline.wake(at: time(6)) == .idle)
  }
}
