import System
import Testing

@testable import Access

/// Who guesses is held off, and nobody else.
@Suite struct GuessThrottleTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
  private let guesser = IPAddress("192.0.2.7")

  @Test func theTwentyFirstInAMinuteIsOneTooMany() {
    var throttle = GuessThrottle()
    for _ in 0..<20 { #expect(throttle.fail(from: guesser, at: Self.start) == nil) }
    #expect(throttle.refusal(of: guesser, at: Self.start) == nil)
    #expect(throttle.fail(from: guesser, at: Self.start) == .seconds(60))
    #expect(throttle.refusal(of: guesser, at: Self.start + .seconds(20)) == .seconds(40))
    #expect(throttle.fail(from: guesser, at: Self.start + .milliseconds(59_999)) == .milliseconds(1))
    #expect(throttle.refusal(of: guesser, at: Self.start + .seconds(60)) == nil)
    // What comes while it is shut does not keep it shut.
    #expect(throttle.fail(from: guesser, at: Self.start + .seconds(60)) == nil)
  }

  @Test func oneInThreeSecondsIsLetThrough() {
    var throttle = GuessThrottle()
    for number in 0..<1000 {
      #expect(throttle.fail(from: guesser, at: Self.start + .seconds(3 * number)) == nil)
    }
  }

  @Test func whoeverTriesWithoutEndGetsTwentyAMinute() {
    var throttle = GuessThrottle()
    let failures = (0..<600_000).count { millisecond in
      throttle.fail(from: guesser, at: Self.start + .milliseconds(millisecond)) == nil
    }
    #expect((200...210).contains(failures))
  }

  @Test func othersAreNotHeldOff() {
    var throttle = GuessThrottle()
    for _ in 0..<21 { _ = throttle.fail(from: guesser, at: Self.start) }
    #expect(throttle.fail(from: IPAddress("192.0.2.8"), at: Self.start) == nil)
    #expect(throttle.fail(from: nil, at: Self.start) == nil)
  }

  @Test func aNetworkOf64BitsIsOne() {
    var throttle = GuessThrottle()
    for number in 0..<21 {
      _ = throttle.fail(from: .v6(0x2001_0db8_0000_0001, UInt64(number)), at: Self.start)
    }
    #expect(throttle.refusal(of: IPAddress("2001:db8:0:1::ffff"), at: Self.start) != nil)
    #expect(throttle.refusal(of: IPAddress("2001:db8:0:2::ffff"), at: Self.start) == nil)
  }

  @Test func theTableIsBounded() {
    var throttle = GuessThrottle()
    for number in 0..<25_000 { _ = throttle.fail(from: .v4(UInt32(number)), at: Self.start) }
    #expect(throttle.count == 10_000)
  }

  @Test func whoFailedLeastRecentlyIsForgotten() {
    var throttle = GuessThrottle(capacity: 2)
    for address in [1, 2, 1, 3] as [UInt32] {
      for _ in 0..<21 { _ = throttle.fail(from: .v4(address), at: Self.start) }
    }
    #expect(throttle.refusal(of: .v4(1), at: Self.start) != nil)
    #expect(throttle.refusal(of: .v4(2), at: Self.start) == nil)
    #expect(throttle.refusal(of: .v4(3), at: Self.start) != nil)
  }

  /// Against a list that is searched.
  @Test func theTableIsThatOfAList() {
    var table = RecencyTable<Int, Int>(capacity: 7)
    var list: [(key: Int, value: Int)] = []
    for step in 0..<20_000 {
      let key = Int.random(in: 0..<12)
      let known = list.first { $0.key == key }
      #expect(table.peek(key) == known?.value)
      if Int.random(in: 0..<5) == 0 {
        table.remove(key)
        list.removeAll { $0.key == key }
      } else if Bool.random() {
        #expect(table[key] == known?.value)
        guard let known else { continue }
        list.removeAll { $0.key == key }
        list.append(known)
      } else {
        table[key] = step
        list.removeAll { $0.key == key }
        list.append((key, step))
        if list.count > 7 { list.removeFirst() }
      }
      #expect(table.count == list.count)
    }
  }

  @Test func theEndOfTimeIsNoTrap() {
    var throttle = GuessThrottle()
    for now in [MonotonicTime(nanoseconds: .max - 1), MonotonicTime(nanoseconds: .max)] {
      for _ in 0..<30 { _ = throttle.fail(from: guesser, at: now) }
    }
  }
}
