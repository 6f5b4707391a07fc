import Access
import Accounts
import Limits
import System
import Testing

@Suite("Usage until it is stored") struct UsageFlushTests {
  private static func use(
    _ world: AccountsWorld, _ account: UsageAccount = AccountsWorld.account(), output: Int = 1
  ) {
    let record = UsageRecord(Usage(outputTokens: output), status: 200, .counted)
    world.control.note(record, of: account, at: world.wall)
  }

  @Test func aFlushIsTheSameUntilItIsAcknowledged() throws {
    let world = AccountsWorld()
    #expect(world.control.nextFlush() == nil)
    Self.use(world, output: 5)
    let first = try #require(world.control.nextFlush())
    #expect(first.run == 7)
    #expect(first.number == 1)
    Self.use(world, output: 7)
    #expect(world.control.nextFlush() == first)
    world.control.flushed(99)
    #expect(world.control.nextFlush() == first)
    world.control.flushed(first.number)
    let second = try #require(world.control.nextFlush())
    #expect(second.number == 2)
    #expect(second.hours.map(\.sums.outputTokens) == [7])
    world.control.flushed(second.number)
    #expect(world.control.nextFlush() == nil)
  }

  /// A client may name what there is not in any number of ways: until a model has said something it has no row of its own.
  @Test func modelsThatSayNothingAreOne() throws {
    let world = AccountsWorld()
    func models() -> [String: Int64] {
      guard let flush = world.control.nextFlush() else { return [:] }
      world.control.flushed(flush.number)
      return Dictionary(uniqueKeysWithValues: flush.hours.map { ($0.account.model, $0.sums.requests) })
    }
    func use(_ model: String, _ usage: Usage, _ ending: UsageRecord.Ending, _ status: Int) {
      let admitted = world.admit([], Demand(textBytes: 4), AccountsWorld.account(model)).admitted
      world.settle(admitted, usage, ending, status: status)
    }
    for number in 0..<3000 {
      use("none-\(number)", Usage(), .failed, number.isMultiple(of: 2) ? 404 : 400)
      use("left-\(number)", Usage(evalMicroseconds: 1), .cutOff, 499)
      use("unseen-\(number)", Usage(evalMicroseconds: 1), .unseen, 499)
    }
    #expect(models() == ["_unknown": 9000])
    use("m", Usage(), .failed, 404)
    use("m", Usage(inputTokens: 1, outputTokens: 1), .counted, 200)
    use("m", Usage(), .failed, 404)
    #expect(models() == ["_unknown": 1, "m": 2])
    // A stream that is under way has said something, too.
    let admitted = try #require(world.admit([], Demand(textBytes: 4), AccountsWorld.account("n")).admitted)
    world.control.running(admitted, Usage(evalMicroseconds: 1), at: world.wall)
    #expect(models() == ["_unknown": 0])
    world.control.running(admitted, Usage(outputTokens: 1), at: world.wall)
    #expect(models() == ["_unknown": 0, "n": 0])
    world.settle(admitted, Usage(outputTokens: 1), .cutOff, status: 499)
    #expect(models() == ["n": 1])
  }

  /// All that was ever flushed, by hour and model.
  private struct Told {
    var sums: [String: UsageSums] = [:]
    var windows: [String: Int64] = [:]

    mutating func take(_ world: AccountsWorld) {
      guard let flush = world.control.nextFlush() else { return }
      world.control.flushed(flush.number)
      for hour in flush.hours {
        sums[
          "\(hour.hour - AccountsWorld.midnight / 3_600_000) \(hour.account.model)", default: UsageSums()] +=
          hour.sums
      }
      for count in flush.windows {
        windows["\(count.window.period) \(count.window.index) \(count.unit)", default: 0] += count.amount
      }
    }
  }

  /// A model that has not said anything yet may do so later: what is counted under way is its own then.
  @Test func whatWasCountedBeforeTheModelSaidAnythingIsItsOwn() throws {
    let world = AccountsWorld()
    var told = Told()
    let admitted = try #require(
      world.admit([], Demand(textBytes: 2000), AccountsWorld.account("cold")).admitted)
    world.control.running(admitted, Usage(evalMicroseconds: 1_000_000), at: world.wall)
    told.take(world)
    #expect(told.sums["0 _unknown"]?.inputTokens == 500)
    world.settle(
      admitted,
      Usage(inputTokens: 3, outputTokens: 5, promptMicroseconds: 100_000, evalMicroseconds: 200_000))
    told.take(world)
    #expect(told.sums["0 _unknown"] == UsageSums())
    let model = try #require(told.sums["0 cold"])
    #expect(model.requests == 1 && model.inputTokens == 3 && model.outputTokens == 5)
    #expect(model.promptMicroseconds == 100_000 && model.evalMicroseconds == 200_000)
  }

  /// What a request was told to have used and has not goes back to the windows and hours in which it was counted.
  @Test func whatOthersHaveUsedOfTheNewDayStays() throws {
    var world = AccountsWorld()
    var told = Told()
    let budgets = [
      Budget(unit: .tokens, period: .day, amount: 1_000_000),
      Budget(unit: .tokens, period: .total, amount: 1_000_000),
    ]
    let subjects = AccountsWorld.limited(LimitSet(tpd: 100_000, budgets: budgets))
    func used(_ kind: LimitKind, of most: Int) -> Int? { world.remaining(kind, subjects).map { most - $0 } }
    world.milliseconds = 86_398_000
    let long = try #require(world.admit(subjects, Demand(textBytes: 20_000, askedOutput: 50)).admitted)
    world.control.running(long, Usage(), at: world.wall)
    told.take(world)
    world.milliseconds += 5000
    world.control.running(long, Usage(outputTokens: 10), at: world.wall)
    world.settle(world.admit(subjects).admitted, Usage(inputTokens: 300, outputTokens: 400))
    #expect(used(.budget(.tokens, .day), of: 1_000_000) == 710)
    world.settle(long, Usage(inputTokens: 3, outputTokens: 30))
    #expect(used(.budget(.tokens, .day), of: 1_000_000) == 730)
    #expect(used(.tpd, of: 100_000) == 730)
    #expect(used(.budget(.tokens, .total), of: 1_000_000) == 733)
    told.take(world)
    #expect(
      told.sums["23 llama3:8b"].map { [$0.requests, $0.inputTokens, $0.outputTokens] } ?? [] == [0, 3, 0])
    #expect(
      told.sums["24 llama3:8b"].map { [$0.requests, $0.inputTokens, $0.outputTokens] } == [2, 300, 430])
    #expect(told.sums["23 _unknown"] ?? UsageSums() == UsageSums())
    #expect(told.windows.filter { $0.key.hasPrefix("day") }.values.sorted() == [3, 730])
    #expect(told.windows.filter { $0.key.hasPrefix("total") }.map(\.value) == [733])
  }

  /// Nothing of it was counted there.
  @Test func aBudgetThatIsGivenMeanwhileKeepsWhatOthersHaveUsed() throws {
    let world = AccountsWorld()
    let plain = AccountsWorld.limited(LimitSet(rpm: 1000))
    let budget = Budget(unit: .tokens, period: .day, amount: 100_000)
    let limited = AccountsWorld.limited(LimitSet(rpm: 1000, tpd: 100_000, budgets: [budget]))
    func used(_ kind: LimitKind) -> Int? { world.remaining(kind, limited).map { 100_000 - $0 } }
    let long = try #require(world.admit(plain, Demand(textBytes: 20_000, askedOutput: 5)).admitted)
    world.control.running(long, Usage(), at: world.wall)
    world.settle(world.admit(limited).admitted, Usage(inputTokens: 350, outputTokens: 350))
    world.settle(long, Usage(inputTokens: 3, outputTokens: 3))
    // Of the three of its prompt nothing is known there; those of its response came after.
    #expect(used(.tpd) == 703 && used(.budget(.tokens, .day)) == 703)
  }

  /// What came after the clock was put back over midnight was counted in the later day, and comes back there.
  @Test func theClockIsPutBackOverMidnight() throws {
    var world = AccountsWorld()
    let budget = Budget(unit: .tokens, period: .day, amount: 100_000)
    let subjects = AccountsWorld.limited(LimitSet(tpd: 100_000, budgets: [budget]))
    func used(_ kind: LimitKind) -> Int? { world.remaining(kind, subjects).map { 100_000 - $0 } }
    world.settle(world.admit(subjects).admitted, Usage(outputTokens: 10))
    world.milliseconds = -1000
    let long = try #require(world.admit(subjects, Demand(textBytes: 20_000, askedOutput: 5)).admitted)
    world.control.running(long, Usage(), at: world.wall)
    world.settle(long, Usage(inputTokens: 3, outputTokens: 3))
    #expect(used(.tpd) == 16 && used(.budget(.tokens, .day)) == 16)
  }

  @Test func usageIsOfTheHourInWhichItWasTold() throws {
    var world = AccountsWorld()
    world.milliseconds = 3_599_999
    Self.use(world)
    world.milliseconds = 3_600_000
    Self.use(world)
    Self.use(world)
    let hours = try #require(world.control.nextFlush()).hours
    let midnight = AccountsWorld.midnight / 3_600_000
    #expect(hours.first { $0.hour == midnight }?.sums.requests == 1)
    #expect(hours.first { $0.hour == midnight + 1 }?.sums.requests == 2)
  }

  @Test func accountsAreToldApartByBytes() throws {
    let world = AccountsWorld()
    // An Å of one scalar and of two, which Swift takes for equal.
    for model in ["\u{C5}", "A\u{30A}"] { Self.use(world, AccountsWorld.account(model)) }
    Self.use(
      world, UsageAccount(key: AccountsWorld.key, team: AccountsWorld.team, user: nil, model: "\u{C5}"))
    Self.use(
      world, UsageAccount(key: AccountsWorld.key, team: nil, user: AccountsWorld.user, model: "\u{C5}"))
    Self.use(world, AccountsWorld.account("\u{C5}", key: nil))
    #expect(world.control.nextFlush()?.hours.count == 5)
    let long = String(repeating: "a", count: 10_000)
    #expect(UsageAccount(key: nil, team: nil, user: nil, model: long).model.utf8.count == 256)
  }

  /// What a server says cannot reach the end of what fits.
  @Test func whatIsToldIsBounded() throws {
    let world = AccountsWorld()
    let subjects = AccountsWorld.limited(
      LimitSet(
        tpm: 1, tpd: 1,
        budgets: Budget.Unit.allCases.map {
          Budget(unit: $0, period: .total, amount: LimitSet.range.upperBound)
        }))
    let admitted = try #require(
      world.admit(subjects, Demand(textBytes: -5, images: -1, askedOutput: -1)).admitted)
    let most = Usage(
      inputTokens: .max, cachedTokens: .max, outputTokens: .max, promptMicroseconds: .max,
      evalMicroseconds: .max, loadMicroseconds: .max, waitMicroseconds: .max, sentBytes: .max)
    world.control.running(admitted, most, at: world.wall)
    world.control.running(
      admitted, Usage(inputTokens: .min, outputTokens: .min, sentBytes: .min), at: world.wall)
    world.settle(admitted, most)
    let sums = try #require(world.control.nextFlush()?.hours.first?.sums)
    #expect(sums.inputTokens == 100_000_000)
    #expect(sums.evalMicroseconds == 1_000_000_000_000)
    #expect(world.remaining(.tpm, subjects) == 0)
    #expect(world.admit(subjects, Demand(textBytes: 4)).refusal?.retryAfter != nil)
    _ = world.admit(subjects, Demand(textBytes: .max, images: .max, askedOutput: .max))
  }

  @Test func whatIsTooManyForTheTableIsCountedForAllOthers() throws {
    var bounds = AccessControl.Bounds()
    bounds.hours = 3
    let world = AccountsWorld(bounds: bounds)
    for model in 0..<10 { Self.use(world, AccountsWorld.account("m\(model)")) }
    Self.use(world, AccountsWorld.account("m0"))
    let hours = try #require(world.control.nextFlush()).hours
    #expect(hours.count == 4)
    #expect(hours.map(\.sums.requests).reduce(0, +) == 11)
    #expect(hours.first { $0.account.model == "_other" }?.sums.requests == 7)
    #expect(hours.first { $0.account.model == "m0" }?.sums.requests == 2)
    #expect(world.control.figures.unnamed == 7)
  }

  @Test func windowsThatHaveNoRoomAreLostToTheStoreAlone() throws {
    var bounds = AccessControl.Bounds()
    bounds.windows = 1
    let world = AccountsWorld(bounds: bounds)
    let first = AccountsWorld.limited(LimitSet(rpd: 2))
    let second = AccountsWorld.limited(LimitSet(rpd: 2), .team(AccountsWorld.team))
    for _ in 0..<2 {
      #expect(world.admit(first).admitted != nil)
      #expect(world.admit(second).admitted != nil)
    }
    #expect(world.admit(second).refusal != nil)
    #expect(world.control.nextFlush()?.windows.count == 1)
    #expect(world.control.figures.lost == 2)
  }

  @Test func aStoreBringsBackTheWindowsThatRun() throws {
    let budget = Budget(unit: .gpuSeconds, period: .month, amount: 100)
    let limits = LimitSet(rpd: 10, budgets: [budget])
    let subjects = AccountsWorld.limited(limits)
    let world = AccountsWorld()
    let admitted = try #require(world.admit(subjects).admitted)
    world.settle(admitted, Usage(promptMicroseconds: 40_000_000, evalMicroseconds: 20_000_000))
    let windows = try #require(world.control.nextFlush()).windows

    var later = AccountsWorld()
    later.control.restore(windows, at: later.wall)
    #expect(later.remaining(.rpd, subjects) == 9)
    #expect(later.remaining(.budget(.gpuSeconds, .month), subjects) == 40)
    // The next day the day is over, and the month is not.
    later = AccountsWorld()
    later.milliseconds = 86_400_000
    later.control.restore(windows, at: later.wall)
    #expect(later.remaining(.rpd, subjects) == 10)
    #expect(later.remaining(.budget(.gpuSeconds, .month), subjects) == 40)
    // What came back is not told again.
    #expect(later.control.nextFlush() == nil)
  }

  @Test(arguments: [
    "key:0123456789ab", "user:0123456789ab:ada", "team:research", "address:192.0.2.1", "address:2001:db8::",
    "address:",
    "user:0123456789ab:a:b", "user:7", "user:012345678901:7", "proxy:a:b",
  ])
  func subjectsHaveNames(_ name: String) throws {
    #expect(try #require(LimitSubject(storedName: name)).storedName == name)
  }

  @Test(arguments: [
    "", "key", "key:", "key:0", "user:", "user: ", "address:x", "other:a", "KEY:0123456789ab",
  ])
  func whatNamesNobodyIsNobody(_ name: String) {
    #expect(LimitSubject(storedName: name) == nil)
  }

  @Test func anAddressOfIPv6IsItsNetwork() {
    let address = IPAddress("2001:db8:1:2:3:4:5:6")
    #expect(LimitSubject.client(at: address) == LimitSubject.client(at: IPAddress("2001:db8:1:2::")))
    #expect(LimitSubject.client(at: address).storedName == "address:2001:db8:1:2::")
    #expect(LimitSubject.client(at: nil) == .address(nil))
  }
}
