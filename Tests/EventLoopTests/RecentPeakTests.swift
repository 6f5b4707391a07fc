import System
import Testing

@testable import EventLoop

@Suite struct RecentPeakTests {
  private func time(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64((1000 + seconds) * 1e9))
  }

  @Test func isTheGreatestAndStaysWhenItIsRead() {
    var peak = RecentPeak()
    #expect(peak.value(at: time(0)) == .zero)
    peak.note(.milliseconds(3), at: time(0))
    peak.note(.milliseconds(7), at: time(1))
    peak.note(.milliseconds(5), at: time(2))
    #expect(peak.value(at: time(3)) == .milliseconds(7))
    #expect(peak.value(at: time(3)) == .milliseconds(7))
  }

  @Test func lastsForOneSpanAndNoLongerThanTwo() {
    var peak = RecentPeak()
    peak.note(.milliseconds(1), at: time(0))
    peak.note(.milliseconds(9), at: time(29))
    peak.note(.milliseconds(2), at: time(31))
    #expect(peak.value(at: time(59)) == .milliseconds(9))
    peak.note(.milliseconds(1), at: time(62))
    #expect(peak.value(at: time(62)) == .milliseconds(2))
  }

  @Test func isForgottenWhereNothingFollows() {
    var peak = RecentPeak()
    peak.note(.milliseconds(9), at: time(0))
    #expect(peak.value(at: time(45)) == .milliseconds(9))
    #expect(peak.value(at: time(200)) == .zero)
  }
}
