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

  /// Parts of a nanosecond are left out, at both sides of none.
  @Test func wholeNanosecondsAreWhatDivisionSays() {
    let billion: Int128 = 1_000_000_000
    let middles: [Int128] = [0, 1, 511, 512, 999_999_999, billion, 1_953_125 << 9, Int128(Int64.max) << 9]
    for middle in middles + middles.map({ $0 * 7 + 3 }) + middles.map({ $0 * billion }) {
      for attoseconds in (-2...2).flatMap({ [middle + $0, -middle + $0, middle + $0 * billion] }) {
        let expected = Int64(clamping: attoseconds / billion)
        #expect(Duration(attoseconds: attoseconds).wholeNanoseconds == expected)
      }
    }
  }
}
