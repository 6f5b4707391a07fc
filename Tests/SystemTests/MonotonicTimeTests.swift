import System
import Testing

@Suite struct MonotonicTimeTests {
  /// Limits of centuries are never reached, and nothing overflows on the way.
  @Test(arguments: [
    Duration.seconds(Int64.max), .nanoseconds(Int64.max), .seconds(1 << 40), .milliseconds(Int.max),
  ])
  func staysInItsRange(_ duration: Duration) {
    let last = MonotonicTime(nanoseconds: .max)
    let first = MonotonicTime(nanoseconds: .min)
    #expect(MonotonicTime(nanoseconds: 1) + duration == last)
    #expect(last + duration == last)
    #expect(first + (.zero - duration) == first)
    #expect(last - first == .nanoseconds(Int64.max))
    #expect(first - last == .nanoseconds(Int64.min))
    #expect(duration.wholeNanoseconds == .max)
  }
}
