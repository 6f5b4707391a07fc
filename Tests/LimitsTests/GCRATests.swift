import Limits
import System
import Testing

@Suite("GCRA") struct GCRATests {
  private static func at(_ nanoseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }
  private static let second: Int64 = 1_000_000_000

  @Test func aBurstIsLetInAtOnceAndThenTheRate() {
    let rate = Rate.minutely(60)
    var bucket = GCRA()
    for _ in 0..<60 {
      #expect(bucket.wait(for: 1, of: rate, at: Self.at(0)) == 0)
      bucket.take(1, of: rate, at: Self.at(0))
    }
    #expect(bucket.wait(for: 1, of: rate, at: Self.at(0)) == Self.second)
    #expect(bucket.remaining(of: rate, at: Self.at(0)) == 0)
    #expect(bucket.remaining(of: rate, at: Self.at(Self.second - 1)) == 0)
    #expect(bucket.remaining(of: rate, at: Self.at(Self.second)) == 1)
    #expect(bucket.fullAgain(of: rate, at: Self.at(0)) == 60 * Self.second)
    #expect(bucket.fullAgain(of: rate, at: Self.at(60 * Self.second)) == 0)
  }

  @Test func aWaitIsExact() {
    var numbers = Numbers(seed: 1)
    for _ in 0..<1000 {
      let rate = Rate.minutely(numbers.below(10_000_000) + 1)
      var bucket = GCRA()
      var now = Int64(numbers.below(1 << 40))
      for _ in 0..<20 { bucket.take(numbers.below(rate.burst) + 1, of: rate, at: Self.at(now)) }
      now += Int64(numbers.below(1000))
      let units = numbers.below(rate.burst) + 1
      guard let wait = bucket.wait(for: units, of: rate, at: Self.at(now)), wait > 0 else { continue }
      #expect(bucket.wait(for: units, of: rate, at: Self.at(now + wait)) == 0)
      #expect(bucket.wait(for: units, of: rate, at: Self.at(now + wait - 1)) == 1)
    }
  }

  /// What a rate that is no whole number of nanoseconds gives in an hour is exact.
  @Test(arguments: [1, 7, 60, 999, 1_000_003])
  func nothingIsRounded(amount: Int) {
    let rate = Rate.minutely(amount)
    var bucket = GCRA()
    bucket.take(amount, of: rate, at: Self.at(0))
    var now: Int64 = 0
    for _ in 0..<amount * (amount > 1000 ? 0 : 60) {
      now += bucket.wait(for: 1, of: rate, at: Self.at(now)) ?? 0
      bucket.take(1, of: rate, at: Self.at(now))
    }
    if amount <= 1000 { #expect(abs(now - 3600 * Self.second) <= Int64(amount) * 60) }
    #expect(bucket.remaining(of: rate, at: Self.at(now + 60 * Self.second)) == amount)
    #expect(bucket.remaining(of: rate, at: Self.at(now + 60 * Self.second - 1)) < amount)
  }

  @Test func whatIsGivenBackIsWhatWasTakenAndNotMore() {
    let rate = Rate.minutely(100)
    var bucket = GCRA()
    bucket.take(80, of: rate, at: Self.at(0))
    bucket.giveBack(50, of: rate, at: Self.at(0))
    #expect(bucket.remaining(of: rate, at: Self.at(0)) == 70)
    bucket.giveBack(1000, of: rate, at: Self.at(0))
    #expect(bucket.remaining(of: rate, at: Self.at(0)) == 100)
    #expect(bucket.fullAgain(of: rate, at: Self.at(0)) == 0)
  }

  @Test func whatIsTooMuchIsOwed() {
    let rate = Rate.minutely(100)
    var bucket = GCRA()
    bucket.take(250, of: rate, at: Self.at(0))
    #expect(bucket.remaining(of: rate, at: Self.at(0)) == 0)
    #expect(bucket.wait(for: 1, of: rate, at: Self.at(0)) == 90_600_000_000)
    #expect(bucket.fullAgain(of: rate, at: Self.at(0)) == 150 * Self.second)
  }

  @Test func moreThanThereIsAtOnceNeverFits() {
    #expect(GCRA().wait(for: 101, of: .minutely(100), at: Self.at(0)) == nil)
    #expect(GCRA().wait(for: 100, of: .minutely(100), at: Self.at(0)) == 0)
  }

  @Test func anotherRateForgetsNothing() {
    var bucket = GCRA()
    bucket.take(60, of: .minutely(100), at: Self.at(5))
    bucket.change(from: .minutely(100), to: .minutely(200), at: Self.at(5))
    #expect(bucket.remaining(of: .minutely(200), at: Self.at(5)) == 140)
    bucket.change(from: .minutely(200), to: .minutely(10), at: Self.at(5))
    #expect(bucket.remaining(of: .minutely(10), at: Self.at(5)) == 0)
    #expect(bucket.wait(for: 1, of: .minutely(10), at: Self.at(5)) == 51 * 6 * Self.second)
    let hourly = Rate(600, in: .seconds(3600))
    bucket.change(from: .minutely(10), to: hourly, at: Self.at(5))
    #expect(bucket.remaining(of: hourly, at: Self.at(5)) == 540)
  }

  /// Whatever the rate, the cost and the clock are, there is an answer.
  @Test func nothingOverflows() {
    let amounts: [Int] = [Int.min, -1, 0, 1, 2, 1_000_000_007, 1_000_000_000_000_000, Int.max]
    let windows: [Duration] = [.zero, .nanoseconds(1), .seconds(60), .seconds(86_400), .seconds(Int64.max)]
    let times: [Int64] = [Int64.min, -1, 0, 1, 1 << 62, Int64.max]
    for amount in amounts {
      for window in windows {
        let rate = Rate(amount, in: window, burst: amount)
        var bucket = GCRA()
        for time in times + times.reversed() {
          for units in amounts {
            let now = Self.at(time)
            _ = bucket.wait(for: units, of: rate, at: now)
            bucket.take(units, of: rate, at: now)
            #expect(bucket.remaining(of: rate, at: now) >= 0)
            #expect(bucket.fullAgain(of: rate, at: now) >= 0)
            bucket.change(from: rate, to: .minutely(units), at: now)
            bucket.giveBack(units, of: .minutely(units), at: now)
            bucket.change(from: .minutely(units), to: rate, at: now)
          }
        }
      }
    }
  }

  /// Over any time no more comes than the rate and one burst.
  @Test(arguments: 1...8)
  func neverMoreThanTheRateAndABurst(seed: UInt64) {
    var numbers = Numbers(seed: seed)
    let rate = Rate.minutely(numbers.below(500) + 1)
    var bucket = GCRA()
    var now: Int64 = 0
    var admitted = 0
    for _ in 0..<12_500 {
      now += Int64(numbers.below(200_000_000))
      let units = numbers.below(max(rate.burst / 4, 1)) + 1
      guard bucket.wait(for: units, of: rate, at: Self.at(now)) == 0 else { continue }
      bucket.take(units, of: rate, at: Self.at(now))
      if numbers.below(4) == 0 {
        let back = numbers.below(units + 1)
        bucket.giveBack(back, of: rate, at: Self.at(now))
        admitted -= back
      }
      admitted += units
      let most = Int128(rate.burst) + Int128(now) * Int128(rate.amount) / Int128(60 * Self.second)
      guard admitted <= most else {
        Issue.record("\(admitted) of \(most) at \(now)")
        return
      }
    }
    #expect(admitted > 0)
  }

  @Test("3 times the limit for 10 minutes") func threeTimesTheLimit() {
    let rate = Rate.minutely(60)
    var bucket = GCRA()
    var admitted = 0
    for event in 0..<1800 {
      let now = Self.at(Int64(event) * Self.second / 3)
      guard bucket.wait(for: 1, of: rate, at: now) == 0 else { continue }
      bucket.take(1, of: rate, at: now)
      admitted += 1
    }
    let expected = 10 * 60 + 60
    #expect(abs(admitted - expected) <= 1)
  }
}
