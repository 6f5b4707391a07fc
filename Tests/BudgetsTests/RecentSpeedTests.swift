import System
import Testing

@testable import Budgets

@Suite struct RecentSpeedTests {
  private func time(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64((1000 + seconds) * 1e9))
  }

  private func speed() -> RecentSpeed { RecentSpeed(window: .seconds(7), at: time(0)) }

  @Test func saysNothingBeforeAWholeWindow() {
    var speed = speed()
    let early = speed.isBelow(1, at: time(6.9))
    let late = speed.isBelow(1, at: time(7))
    #expect(!early && late)
    #expect(speed.nextLook(after: time(0)) == time(7))
    #expect(speed.nextLook(after: time(9)) == time(10))
  }

  @Test func whatCameLongAgoDoesNotCount() {
    var speed = speed()
    speed.note(1 << 40, at: time(0))
    let within = speed.isBelow(1000, at: time(7))
    let after = speed.isBelow(1000, at: time(8))
    #expect(!within && after)
  }

  @Test(arguments: [(999, true), (1000, false), (1001, false)])
  func aSteadySenderIsJudgedByItsSpeed(_ rate: Int, _ isSlow: Bool) {
    var speed = speed()
    var wasSlow = false
    for step in 0..<1000 {
      let now = time(Double(step) / 10)
      wasSlow = speed.isBelow(1000, at: now) || wasSlow
      // Ten times a second; the rest once a second.
      speed.note(rate / 10 + (step % 10 == 0 ? rate % 10 : 0), at: now)
    }
    // A little below the bound is seen where the slice under way has only begun.
    #expect(wasSlow == isSlow)
  }

  @Test func timeInWhichTheClockStandsIsNobodysFault() {
    var speed = speed()
    speed.note(100, at: time(1))
    speed.stopClock(at: time(2))
    speed.stopClock(at: time(50))
    let whileItStands = speed.isBelow(1, at: time(1000))
    speed.startClock(at: time(1000))
    speed.startClock(at: time(1001))
    let soon = speed.isBelow(10, at: time(1004))
    let afterAWindow = speed.isBelow(10, at: time(1005))
    let later = speed.isBelow(10, at: time(1008))
    #expect(!whileItStands && !soon)
    #expect(!afterAWindow, "100 bytes in 7 s of counted time")
    #expect(later)
  }

  @Test func aLongSilenceLeavesNothing() {
    var speed = speed()
    for second in 0..<20 { speed.note(1_000_000, at: time(Double(second))) }
    let isSlow = speed.isBelow(1, at: time(1_000_000))
    #expect(isSlow)
  }

  @Test func hugeNumbersAndTinyWindowsAreBorne() {
    var speed = RecentSpeed(window: .zero, at: time(0))
    speed.note(.max, at: time(0))
    speed.note(.max, at: time(0))
    let isSlow = speed.isBelow(1, at: MonotonicTime(nanoseconds: .max))
    #expect(isSlow)
  }
}

@Suite struct ReaderPaceTests {
  private func time(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64((1000 + seconds) * 1e9))
  }

  /// What the kernel has taken is not with the reader.
  @Test func theKernelsBufferIsNoReader() {
    var pace = ReaderPace(window: .seconds(7), isWaiting: true, at: time(0))
    pace.noteGiven(4 << 20)
    let early = pace.look(queued: 4 << 20, at: time(6))
    let late = pace.look(queued: 4 << 20, at: time(7))
    #expect(!early && late)
  }

  /// A reader of 2 KiB/s whose buffer takes nothing for minutes.
  @Test func aSlowReaderBehindALargeBufferIsKept() {
    var pace = ReaderPace(window: .seconds(7), isWaiting: true, at: time(0))
    pace.noteGiven(4 << 20)
    for second in 1..<600 {
      let isTooSlow = pace.look(queued: (4 << 20) - 2048 * second, at: time(Double(second)))
      #expect(!isTooSlow)
    }
    let isTooSlow = pace.look(queued: (4 << 20) - 2048 * 600, at: time(620))
    #expect(isTooSlow)
  }

  @Test func aByteNowAndThenIsTooSlow() {
    var pace = ReaderPace(window: .seconds(7), isWaiting: true, at: time(0))
    pace.noteGiven(4 << 20)
    let looks = (1...10).map { pace.look(queued: (4 << 20) - $0, at: time(Double($0))) }
    #expect(looks == [Bool](repeating: false, count: 6) + [Bool](repeating: true, count: 4))
  }

  @Test func timeInWhichNothingWaitsDoesNotCount() {
    var pace = ReaderPace(window: .seconds(7), isWaiting: false, at: time(0))
    pace.noteGiven(10)
    #expect(pace.beginWaiting(at: time(100)) == time(107))
    pace.endWaiting(at: time(101))
    let isTooSlow = pace.look(queued: 10, at: time(1000))
    #expect(!isTooSlow)
    #expect(pace.beginWaiting(at: time(1000)) == time(1006))
  }
}
