import Limits
import System
import Testing

@Suite("The limits of an account") struct LimitAccountTests {
  /// 2026-11-27T00:00:00Z.
  static let midnight: Int64 = 1_795_737_600_000

  private static func seconds(_ count: Int64) -> Int64 { count * 1_000_000_000 }

  /// An account at a time that both clocks go by.
  struct Subject {
    var account = LimitAccount()
    var seconds: Int64 = 0
    var told: [String: Int64] = [:]

    var now: MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }
    var wall: Timestamp { Timestamp(millisecondsSince1970: LimitAccountTests.midnight + seconds * 1000) }

    init(_ limits: LimitSet) { account.use(limits, at: now, wall) }

    mutating func use(_ limits: LimitSet) { account.use(limits, at: now, wall) }

    mutating func excess(_ claim: LimitClaim = LimitClaim(text: 0, output: 0)) -> LimitExcess? {
      let admits = account.admits(claim, at: now, wall)
      let excess = account.excess(of: claim, at: now, wall)
      #expect(admits == (excess == nil))
      return excess
    }

    mutating func take(_ claim: LimitClaim = LimitClaim(text: 0, output: 0)) -> LimitHold {
      account.take(claim, at: now, wall) { told["\($1.unit) \($1.window.period)", default: 0] += $0 }
    }

    mutating func spend(_ tokens: Int64, microseconds: Int64 = 0) {
      var hold = LimitHold()
      account.spend(tokens: tokens, gpuMicroseconds: microseconds, of: &hold, isLast: true, at: wall) {
        told["\($1.unit) \($1.window.period)", default: 0] += $0
      }
    }

    mutating func settle(_ hold: LimitHold, used: Int) {
      var hold = hold
      account.settle(&hold, used: used, at: now)
      // A second time does nothing but charge what is told to be used.
      account.release(&hold)
    }

    mutating func cancel(_ hold: LimitHold) {
      var hold = hold
      account.cancel(&hold, at: now, wall) { told["\($1.unit) \($1.window.period)", default: 0] += $0 }
    }

    mutating func isFresh() -> Bool { account.isFresh(at: now, wall) }

    mutating func remaining(_ kind: LimitKind) -> Int? {
      var standings = LimitStandings()
      account.appendStandings(to: &standings, at: now, wall)
      return standings.all.first { $0.kind == kind }?.remaining
    }
  }

  @Test func withoutLimitsEverythingIsLetIn() {
    var subject = Subject(.none)
    let hold = subject.take(LimitClaim(text: .max, output: .max))
    #expect(subject.excess(LimitClaim(text: .max, images: .max, output: .max, isStream: true)) == nil)
    subject.spend(5)
    subject.settle(hold, used: .max)
    #expect(subject.told.isEmpty)
  }

  @Test func tokensAreReservedAndReconciled() {
    var subject = Subject(LimitSet(tpm: 1000))
    // A quarter at most for the response.
    let hold = subject.take(LimitClaim(text: 100, output: 4096))
    #expect(subject.remaining(.tpm) == 650)
    subject.settle(hold, used: 150)
    #expect(subject.remaining(.tpm) == 850)
    let second = subject.take(LimitClaim(text: 100, output: 0))
    subject.settle(second, used: 2000)
    #expect(subject.remaining(.tpm) == 0)
    let wait = subject.excess(LimitClaim(text: 1, output: 0))?.wait
    #expect(wait == 69_060_000_000)
  }

  @Test func aPromptThatIsTooLargeNeverFitsButImagesAndResponsesDo() {
    var subject = Subject(LimitSet(tpm: 1000))
    #expect(subject.excess(LimitClaim(text: 1001, output: 0))?.reason == .neverFits)
    #expect(subject.excess(LimitClaim(text: 1000, output: 4096)) == nil)
    #expect(subject.excess(LimitClaim(text: 0, images: 50_000, output: 4096)) == nil)
    subject.use(LimitSet(tpd: 1000))
    #expect(subject.excess(LimitClaim(text: 1001, output: 0))?.reason == .neverFits)
    #expect(subject.excess(LimitClaim(text: 900, images: 50_000, output: 4096)) == nil)
  }

  @Test func requestsOfADayAreThoseOfTheCalendar() {
    var subject = Subject(LimitSet(rpd: 2))
    subject.seconds = 86_000
    let first = subject.take()
    _ = subject.take()
    let excess = subject.excess()
    #expect(excess?.kind == .rpd)
    #expect(excess?.wait == Self.seconds(400))
    subject.seconds = 86_399
    #expect(subject.excess() != nil)
    subject.seconds = 86_400
    #expect(subject.excess() == nil)
    #expect(subject.told == ["requests day": 2])
    // What was counted in yesterday's window does not come back in today's.
    _ = subject.take()
    subject.cancel(first)
    #expect(subject.remaining(.rpd) == 1)
  }

  @Test func aRequestThatWasNotSentOnCostsNothing() {
    var subject = Subject(LimitSet(rpm: 2, rpd: 2, tpm: 100, tpd: 100, concurrent: 1, streams: 1))
    let hold = subject.take(LimitClaim(text: 20, output: 5, isStream: true))
    #expect(subject.excess()?.kind == .concurrent)
    subject.cancel(hold)
    #expect(subject.told == ["requests day": 0])
    for kind in [LimitKind.rpm, .rpd] { #expect(subject.remaining(kind) == 2) }
    for kind in [LimitKind.tpm, .tpd] { #expect(subject.remaining(kind) == 100) }
    for kind in [LimitKind.concurrent, .streams] { #expect(subject.remaining(kind) == 1) }
    #expect(subject.isFresh() == true)
  }

  @Test func tokensOfADayAreHeldUntilTheyAreUsed() {
    var subject = Subject(LimitSet(tpd: 1000))
    let hold = subject.take(LimitClaim(text: 600, output: 200))
    // What is held comes back: not at midnight, but soon.
    #expect(subject.excess(LimitClaim(text: 300, output: 0))?.wait == 1_000_000_000)
    subject.spend(650)
    subject.settle(hold, used: 650)
    #expect(subject.excess(LimitClaim(text: 300, output: 200)) != nil)
    #expect(subject.excess(LimitClaim(text: 300, output: 50)) == nil)
    #expect(subject.excess(LimitClaim(text: 351, output: 0))?.wait == Self.seconds(86_400))
    #expect(subject.remaining(.tpd) == 350)
    #expect(subject.told == ["tokens day": 650])
  }

  @Test func aBudgetHoldsFromTheNextRequestOn() {
    let month = Budget(unit: .tokens, period: .month, amount: 1000)
    let seconds = Budget(unit: .gpuSeconds, period: .total, amount: 10)
    var subject = Subject(LimitSet(budgets: [month, seconds]))
    #expect(subject.excess(LimitClaim(text: 100_000, output: 4096)) == nil)
    let hold = subject.take(LimitClaim(text: 100_000, output: 4096))
    subject.spend(999, microseconds: 9_999_999)
    #expect(subject.excess() == nil)
    #expect(subject.remaining(.budget(.gpuSeconds, .total)) == 0)
    subject.spend(5000)
    subject.settle(hold, used: 5999)
    #expect(subject.excess()?.reason == .budget)
    #expect(subject.excess()?.text == "budget of this month is used up")
    // Until 2026-12-01.
    #expect(subject.excess()?.wait == 4 * Self.seconds(86_400))
    subject.seconds = 4 * 86_400
    #expect(subject.excess() == nil)
    subject.spend(0, microseconds: 1)
    #expect(subject.excess()?.kind == .budget(.gpuSeconds, .total))
    #expect(subject.excess()?.wait == nil)
    #expect(subject.told == ["tokens month": 5999, "gpuSeconds total": 10_000_000])
  }

  @Test func otherLimitsForgetNothing() {
    let budget = Budget(unit: .tokens, period: .week, amount: 100)
    var subject = Subject(LimitSet(rpm: 10, budgets: [budget]))
    for _ in 0..<10 { _ = subject.take() }
    subject.spend(90)
    subject.use(LimitSet(rpm: 15, budgets: [Budget(unit: .tokens, period: .week, amount: 80)]))
    #expect(subject.remaining(.rpm) == 5)
    #expect(subject.excess()?.reason == .budget)
    subject.use(LimitSet(rpm: 15))
    #expect(subject.excess() == nil)
    subject.use(LimitSet(rpm: 15, budgets: [budget]))
    #expect(subject.remaining(.budget(.tokens, .week)) == 10)
    subject.use(.none)
    subject.use(LimitSet(rpm: 20))
    #expect(subject.remaining(.rpm) == 10)
  }

  @Test func whatIsReservedComesBackWithoutTheLimit() {
    var subject = Subject(LimitSet(rpm: 10, tpm: 1000))
    let hold = subject.take(LimitClaim(text: 500, output: 0))
    let other = subject.take(LimitClaim(text: 300, output: 0))
    subject.use(.none)
    subject.settle(hold, used: 100)
    subject.cancel(other)
    subject.use(LimitSet(rpm: 10, tpm: 1000))
    #expect(subject.remaining(.tpm) == 900)
    #expect(subject.remaining(.rpm) == 9)
  }

  @Test func whatAStoreRemembersCounts() {
    let budget = Budget(unit: .tokens, period: .week, amount: 100)
    var subject = Subject(.none)
    let window = CalendarWindow(.week, at: subject.wall)
    subject.account.restore(60, of: .tokens, window, at: subject.wall)
    subject.account.restore(60, of: .tokens, CalendarWindow(.week, index: window.index - 1), at: subject.wall)
    subject.account.restore(.min, of: .requests, window, at: subject.wall)
    subject.use(LimitSet(budgets: [budget]))
    #expect(subject.remaining(.budget(.tokens, .week)) == 40)
  }

  @Test func theLongestWaitIsTold() {
    var subject = Subject(LimitSet(rpm: 1, tpm: 60, concurrent: 1))
    _ = subject.take(LimitClaim(text: 60, output: 0))
    #expect(subject.excess(LimitClaim(text: 30, output: 0))?.kind == .rpm)
    subject.seconds = 30
    #expect(subject.excess(LimitClaim(text: 60, output: 0))?.wait == Self.seconds(30))
    #expect(subject.excess(LimitClaim(text: 61, output: 0))?.reason == .neverFits)
    subject.seconds = 60
    #expect(subject.excess()?.kind == .concurrent)
    #expect(subject.excess()?.reason == .places)
  }

  @Test func placesThatLast() {
    var subject = Subject(LimitSet(streams: 1, websockets: 2))
    subject.account.take(.webSocket)
    #expect(subject.account.excess(of: .webSocket) == nil)
    subject.account.take(.webSocket)
    subject.account.take(.stream)
    #expect(subject.account.excess(of: .webSocket)?.text == "rate limit: 2 WebSockets at a time")
    #expect(
      subject.excess(LimitClaim(text: 0, output: 0, isStream: true))?.text == "rate limit: 1 stream at a time"
    )
    #expect(subject.isFresh() == false)
    for _ in 0..<3 { subject.account.giveBack(.webSocket) }
    subject.account.giveBack(.stream)
    #expect(subject.remaining(.websockets) == 2)
    #expect(subject.isFresh() == true)
  }

  @Test("The overshoot of a thousand at once is 0") func aThousandAtOnce() {
    var subject = Subject(LimitSet(tpm: 100_000))
    var holds: [LimitHold] = []
    for _ in 0..<1000 {
      let claim = LimitClaim(text: 50, output: 200)
      if subject.excess(claim) == nil { holds.append(subject.take(claim)) }
    }
    #expect(holds.count == 400)
    for hold in holds { subject.settle(hold, used: 250) }
    #expect(subject.excess(LimitClaim(text: 1, output: 0)) != nil)
    #expect(subject.remaining(.tpm) == 0)
  }

  @Test func aClientThatWaitsAsToldIsLetIn() {
    var numbers = Numbers(seed: 3)
    for round in 0..<100 {
      var account = LimitAccount()
      let start = Int64(numbers.below(1_000_000_000))
      var now = MonotonicTime(nanoseconds: start)
      var wall = Timestamp(millisecondsSince1970: Self.midnight + Int64(numbers.below(80_000_000)))
      let limits = LimitSet(
        rpm: numbers.below(100) + 1, rpd: numbers.below(100) + 50, tpm: numbers.below(10_000) + 100,
        budgets: [Budget(unit: .tokens, period: .week, amount: numbers.below(50_000) + 5000)])
      account.use(limits, at: now, wall)
      let claim = LimitClaim(text: 50, output: 4096)
      var excess: LimitExcess?
      for _ in 0..<200 where excess == nil {
        excess = account.excess(of: claim, at: now, wall)
        guard excess == nil else { break }
        var hold = account.take(claim, at: now, wall) { _, _ in }
        account.spend(tokens: 100, gpuMicroseconds: 0, of: &hold, isLast: true, at: wall) { _, _ in }
        account.settle(&hold, used: 100, at: now)
      }
      guard let wait = excess?.wait else { Issue.record("\(round): nothing was refused"); continue }
      now = now + .nanoseconds(wait)
      wall = wall.adding(.nanoseconds(wait + 999_999))
      #expect(account.excess(of: claim, at: now, wall) == nil, "\(round): \(limits)")
    }
  }
}
