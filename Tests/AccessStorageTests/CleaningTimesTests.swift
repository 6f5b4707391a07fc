import System
import Testing

@testable import AccessStorage

/// When rows that are over are deleted again.
@Suite struct CleaningTimesTests {
  private static let day = 86_400.0
  private var times: CleaningTimes
  private let start = Timestamp(millisecondsSince1970: 1_700_000_000_000)

  init() { times = CleaningTimes(each: .seconds(3600), from: start, MonotonicTime(nanoseconds: 0)) }

  /// - Parameters:
  ///   - seconds: since the start.
  ///   - ahead: by how much the time of day is set forward.
  private mutating func isDue(_ seconds: Double, ahead: Double = 0) -> Bool {
    times.isDue(
      at: start.adding(.milliseconds(Int64((seconds + ahead) * 1000))),
      MonotonicTime(nanoseconds: 0) + .milliseconds(Int64(seconds * 1000)))
  }

  @Test mutating func nowAndThen() {
    let due = [isDue(0), isDue(1), isDue(3599), isDue(3600), isDue(3601)]
    #expect(due == [true, false, false, true, false])
    let isDueAgain = isDue(4000, ahead: -10_000)
    #expect(isDueAgain, "a clock that was set back does not put it off")
  }

  @Test mutating func aClockThatIsSetForwardForAMomentDeletesNothing() {
    let ahead = [isDue(0), isDue(60, ahead: 2 * Self.day), isDue(120, ahead: 2 * Self.day)]
    #expect(ahead == [true, false, false])
    let right = [isDue(3600), isDue(7200), isDue(60 + Self.day + 120)]
    #expect(right == [false, false, true])
  }

  @Test mutating func oneThatStaysIsBelievedAfterADay() {
    let due = [0, 60, Self.day, Self.day + 60].map { isDue($0, ahead: $0 == 0 ? 0 : 2 * Self.day) }
    #expect(due == [true, false, false, true])
  }
}
