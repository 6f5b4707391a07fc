import System
import Testing

@testable import HTTPServer

/// How fast a body comes and a response is read, with times as arguments.
@Suite struct ConnectionPaceTests {
  private static let start = MonotonicTime.now

  private static var limits: HTTPServerLimits {
    var limits = HTTPServerLimits()
    limits.headerTimeout = .seconds(7)
    limits.sendTimeout = .seconds(14)
    return limits
  }

  private static func after(_ seconds: Int) -> MonotonicTime { start + .seconds(seconds) }

  @Test func aBodyHasItsFirstWindow() {
    var pace = ConnectionPace(Self.limits, at: Self.start)
    pace.requestBegins(Self.limits, at: Self.start)
    #expect(pace.nextBodyLook(after: Self.start) == Self.after(7))
    let results = [6, 8].map { pace.isBodyTooSlow(at: Self.after($0)) }
    #expect(results == [false, true])
  }

  @Test func aBodyThatComesFastEnoughGoesOn() {
    var pace = ConnectionPace(Self.limits, at: Self.start)
    pace.requestBegins(Self.limits, at: Self.start)
    var results: [Bool] = []
    for second in 0..<30 {
      pace.noteBody(2 * ConnectionPace.slowestBody, at: Self.after(second))
      results.append(pace.isBodyTooSlow(at: Self.after(second)))
    }
    #expect(!results.contains(true))
    let isTooSlow = pace.isBodyTooSlow(at: Self.after(40))
    #expect(isTooSlow)
  }

  @Test func theTimeInWhichWeDoNotReadIsNotTheClients() {
    var pace = ConnectionPace(Self.limits, at: Self.start)
    pace.requestBegins(Self.limits, at: Self.start)
    pace.bodyPauses(at: Self.after(1))
    pace.bodyGoesOn(at: Self.after(101))
    let results = [106, 109].map { pace.isBodyTooSlow(at: Self.after($0)) }
    #expect(results == [false, true])
  }

  @Test func aBodyThatIsHeldHasItsTimeInAll() {
    var pace = ConnectionPace(Self.limits, at: Self.start)
    pace.requestBegins(Self.limits, at: Self.start)
    pace.limitBody(to: Self.after(3))
    pace.noteBody(1_000_000, at: Self.after(2))
    #expect(pace.nextBodyLook(after: Self.after(2)) == Self.after(3))
    let isTooSlow = pace.isBodyTooSlow(at: Self.after(3))
    #expect(isTooSlow)
    // The next request has its own.
    pace.requestBegins(Self.limits, at: Self.after(4))
    let isNextTooSlow = pace.isBodyTooSlow(at: Self.after(5))
    #expect(!isNextTooSlow)
  }

  /// What the kernel has is not read.
  @Test func aReaderIsJudgedByWhatItsEndHas() {
    var pace = ConnectionPace(Self.limits, at: Self.start)
    #expect(pace.responseBegins(Self.limits, at: Self.start) == Self.after(14))
    pace.noteGiven(100_000)
    let isTooSlow = pace.isReaderTooSlow(unacknowledged: 100_000, at: Self.after(16))
    #expect(isTooSlow)
    let hasRead = pace.isReaderTooSlow(unacknowledged: 0, at: Self.after(16))
    #expect(!hasRead)
  }

  @Test func aReaderForWhomNothingWaitsIsNotSlow() {
    var pace = ConnectionPace(Self.limits, at: Self.start)
    _ = pace.responseBegins(Self.limits, at: Self.start)
    pace.waitingEnds(at: Self.after(1))
    let results = [50, 100].map { pace.isReaderTooSlow(unacknowledged: 0, at: Self.after($0)) }
    #expect(results == [false, false])
    _ = pace.waitingBegins(at: Self.after(101))
    let isTooSlow = pace.isReaderTooSlow(unacknowledged: 0, at: Self.after(120))
    #expect(isTooSlow)
  }
}
