import Access
import Accounts
import Limits
import System
import Testing

@Suite("Access control") struct AccessControlTests {
  @Test func allLimitsGiveOrNone() throws {
    let world = AccountsWorld()
    let key = LimitedSubject(.key(AccountsWorld.key), LimitSet(rpm: 10, tpm: 1000))
    let team = LimitedSubject(.team(AccountsWorld.team), LimitSet(rpm: 2))
    for left in [1, 0] {
      let admitted = try #require(world.admit([key, team]).admitted)
      #expect(admitted.standings.all.first { $0.kind == .rpm }?.remaining == left)
    }
    let before = world.remaining(.rpm, [key])
    let refusal = try #require(world.admit([key, team]).refusal)
    #expect(refusal.subject == .team(AccountsWorld.team))
    #expect(refusal.text == "rate limit: 2 requests a minute")
    #expect(refusal.retryAfter == .seconds(30))
    #expect(!refusal.isFinal)
    #expect(world.remaining(.rpm, [key]) == before)
    #expect(before == 8)
    #expect(world.remaining(.tpm, [key]) == 600)
  }

  @Test func whoHasNoLimitsIsCountedNonetheless() throws {
    let world = AccountsWorld()
    let admitted = try #require(world.admit([LimitedSubject(.key(AccountsWorld.key), .none)]).admitted)
    #expect(admitted.standings.isEmpty)
    #expect(world.control.figures.subjects == 0)
    #expect(world.control.figures.requests == 1)
    world.settle(admitted, Usage(inputTokens: 5, outputTokens: 6))
    #expect(world.control.figures.requests == 0)
    let flush = try #require(world.control.nextFlush())
    #expect(flush.hours.first?.sums.outputTokens == 6)
    #expect(flush.windows.isEmpty)
  }

  @Test func aRequestEndsOnce() throws {
    let world = AccountsWorld()
    let subjects = AccountsWorld.limited(LimitSet(tpm: 1000, concurrent: 1))
    let admitted = try #require(world.admit(subjects).admitted)
    #expect(world.admit(subjects).refusal?.reason == .places)
    for _ in 0..<3 { world.settle(admitted, Usage(inputTokens: 50, outputTokens: 50)) }
    world.cancel(admitted)
    #expect(world.remaining(.tpm, subjects) == 900)
    #expect(world.remaining(.concurrent, subjects) == 1)
    // The place of another request is another one, though it is at the same place.
    let other = try #require(world.admit(subjects).admitted)
    world.settle(admitted, Usage(inputTokens: 500))
    #expect(world.remaining(.concurrent, subjects) == 0)
    world.cancel(other)
    #expect(world.remaining(.tpm, subjects) == 900)
    #expect(world.control.nextFlush()?.hours.map(\.sums.requests) == [1])
  }

  @Test func whoLeavesInTheMiddleIsChargedOnceWhatThereWas() throws {
    let world = AccountsWorld()
    let subjects = AccountsWorld.limited(
      LimitSet(tpm: 10_000, tpd: 10_000, budgets: [Budget(unit: .tokens, period: .month, amount: 10_000)]))
    let admitted = try #require(world.admit(subjects).admitted)
    world.control.running(admitted, Usage(outputTokens: 10), at: world.wall)
    world.control.running(admitted, Usage(outputTokens: 30), at: world.wall)
    let first = try #require(world.control.nextFlush())
    #expect(first.hours.map(\.sums.outputTokens) == [30])
    #expect(first.hours.map(\.sums.requests) == [0])
    // The prompt, which nobody has counted, is taken for the 100 tokens that it was estimated at.
    #expect(first.hours.map(\.sums.inputTokens) == [100])
    #expect(Set(first.windows.map(\.amount)) == [130])
    world.control.flushed(first.number)
    world.settle(admitted, Usage(outputTokens: 40), .cutOff, status: 499)
    world.settle(admitted, Usage(outputTokens: 40), .cutOff, status: 499)
    for kind in [LimitKind.tpm, .tpd, .budget(.tokens, .month)] {
      #expect(world.remaining(kind, subjects) == 10_000 - 140)
    }
    let second = try #require(world.control.nextFlush())
    #expect(second.hours.map(\.sums.outputTokens) == [10])
    #expect(second.hours.map(\.sums.inputTokens) == [0])
    #expect(second.hours.map(\.sums.requests) == [1])
    #expect(second.hours.map(\.sums.failures) == [1])
    #expect(Set(second.windows.map(\.amount)) == [10])
  }

  @Test func whatWasToldTooHighIsTakenBack() throws {
    let world = AccountsWorld()
    let subjects = AccountsWorld.limited(LimitSet(tpd: 10_000))
    let admitted = try #require(world.admit(subjects).admitted)
    world.control.running(admitted, Usage(outputTokens: 100), at: world.wall)
    world.settle(admitted, Usage(inputTokens: 10, outputTokens: 60))
    #expect(world.remaining(.tpd, subjects) == 9930)
    #expect(world.control.nextFlush()?.windows.map(\.amount) == [70])
  }

  @Test func whatAPromptHasMoreIsReservedLater() throws {
    let world = AccountsWorld()
    let subjects = AccountsWorld.limited(LimitSet(tpm: 1000, tpd: 1000))
    let admitted = try #require(world.admit(subjects).admitted)
    world.control.extend(admitted, textBytes: 800, images: 0, at: world.now)
    for kind in [LimitKind.tpm, .tpd] { #expect(world.remaining(kind, subjects) == 600) }
    // Nothing is refused for it: the next one waits.
    world.control.extend(admitted, textBytes: .max, images: -1, at: world.now)
    #expect(world.remaining(.tpm, subjects) == 0)
    world.settle(admitted, Usage(inputTokens: 300, outputTokens: 10))
    world.control.extend(admitted, textBytes: 800, images: 0, at: world.now)
    for kind in [LimitKind.tpm, .tpd] { #expect(world.remaining(kind, subjects) == 690) }
  }

  @Test func placesComeBackAfterAnHour() throws {
    var world = AccountsWorld()
    let subjects = AccountsWorld.limited(LimitSet(tpd: 1000, concurrent: 1))
    let lost = try #require(world.admit(subjects).admitted)
    world.milliseconds = 3_599_999
    #expect(world.admit(subjects).refusal != nil)
    world.milliseconds = 3_600_000
    let other = try #require(world.admit(subjects).admitted)
    #expect(world.remaining(.concurrent, subjects) == 0)
    // It was not lost: it is charged, and gives no place back a second time.
    world.settle(lost, Usage(inputTokens: 100, outputTokens: 100))
    #expect(world.remaining(.concurrent, subjects) == 0)
    world.cancel(other)
    #expect(world.remaining(.tpd, subjects) == 800)
    #expect(world.remaining(.concurrent, subjects) == 1)
  }

  @Test func placesThatLastComeBackWithTheirOwner() throws {
    let world = AccountsWorld()
    let subjects = AccountsWorld.limited(LimitSet(websockets: 1))
    func take() -> Result<PlaceHold, LimitRefusal> {
      world.control.take(.webSocket, for: subjects, at: world.now, world.wall)
    }
    var hold: PlaceHold? = try take().get()
    #expect(throws: LimitRefusal.self) { try take().get() }
    #expect(hold != nil)
    hold = nil
    hold = try take().get()
    #expect(world.remaining(.websockets, subjects) == 0)
    withExtendedLifetime(hold) {}
  }

  @Test("1,000 at once against 100,000 tokens a minute, from several threads")
  func manyAtOnce() async {
    let world = AccountsWorld()
    let subjects = AccountsWorld.limited(LimitSet(tpm: 100_000))
    // 100 tokens of text, 100 of response.
    let admitted = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<1000 {
        group.addTask {
          guard let admitted = world.admit(subjects).admitted else { return 0 }
          world.settle(admitted, Usage(inputTokens: 100, outputTokens: 100))
          return 1
        }
      }
      return await group.reduce(0, +)
    }
    #expect(admitted == 500)
    #expect(world.remaining(.tpm, subjects) == 0)
  }

  @Test func changesOfTheKeysAreSeenAndTold() {
    let world = AccountsWorld()
    let told = Lock(0)
    world.control.observe { _ in told.withLock { $0 += 1 } }
    let before = world.control.generation
    let directory = KeyDirectory(keys: [], teams: [], isClosed: true)
    world.control.use(directory)
    #expect(world.control.generation == before + 1)
    #expect(world.control.directory.directory === directory)
    #expect(world.control.directory.generation == before + 1)
    #expect(told.withLock { $0 } == 1)
  }

  /// A grant remembers places of tables where others may be by now, those of another process's among them.
  @Test func whatAGrantRemembersIsNoMoreThanAHint() throws {
    let limits = LimitSet(rpm: 1000, budgets: [Budget(unit: .tokens, period: .month, amount: 1_000_000)])
    let grants = [AccountsWorld.key, AccountsWorld.otherKey].map { id in
      var record = KeyRecord(id: id, name: "k", secret: KeyText(id: id).secret, createdAt: .now)
      record.limits = limits
      return Grant(record, team: nil)
    }
    let worlds = [AccountsWorld(), AccountsWorld()]
    var used: [String: Int64] = [:]
    var stored: [[String: Int64]] = [[:], [:]]
    var hands = SystemRandomNumberGenerator()
    for round in 1...400 {
      let (world, model) = (Int.random(in: 0...1, using: &hands), Int.random(in: 0...2, using: &hands))
      // The one's hints come to be the other's.
      let (grant, hinted) = (
        grants[Int.random(in: 0...1, using: &hands)], grants.randomElement(using: &hands)
      )
      let key = try #require(grant.key?.id)
      let admission = worlds[world].control.admit(
        Demand(textBytes: 4, askedOutput: 10), of: AccountsWorld.account("m\(model)", key: key),
        for: grant.limited, by: hinted, at: worlds[world].now, worlds[world].wall)
      worlds[world].settle(admission.admitted, Usage(outputTokens: round))
      used["\(world) \(key) m\(model)", default: 0] += Int64(round)
      guard round.isMultiple(of: 37) || round == 400 else { continue }
      for world in 0...1 {
        guard let flush = worlds[world].control.nextFlush() else { continue }
        worlds[world].control.flushed(flush.number)
        for hour in flush.hours {
          let key = try #require(hour.account.key)
          stored[world]["\(world) \(key) \(hour.account.model)", default: 0] += hour.sums.outputTokens
        }
        for count in flush.windows { stored[world]["\(count.subject)", default: 0] += count.amount }
      }
    }
    for (name, sum) in used { #expect(stored[Int(name.prefix(1))!][name] == sum) }
    for world in 0...1 {
      for grant in grants {
        let key = try #require(grant.key?.id)
        let all = used.filter { $0.key.hasPrefix("\(world) \(key)") }.values.reduce(0, +)
        #expect(stored[world]["\(LimitSubject.key(key))"] == all)
        let left = worlds[world].remaining(.budget(.tokens, .month), grant.limited)
        #expect(left == 1_000_000 - Int(all))
      }
    }
  }

  /// What is counted while it runs was held for it until then: it does not stand in the day twice.
  @Test func whatRunsStandsInItsDayOnce() throws {
    let world = AccountsWorld()
    let subjects = AccountsWorld.limited(LimitSet(tpd: 10_000))
    func left() -> Int? { world.remaining(.tpd, subjects) }
    let reservation = try #require(world.admit(subjects, Demand(textBytes: 2000, askedOutput: 100)).admitted)
    #expect(left() == 9400)
    world.control.running(reservation, Usage(), at: world.wall)
    #expect(left() == 9400)
    world.control.running(reservation, Usage(outputTokens: 60), at: world.wall)
    #expect(left() == 9400)
    world.control.running(reservation, Usage(outputTokens: 160), at: world.wall)
    #expect(left() == 9340)
    world.settle(reservation, Usage(inputTokens: 300, outputTokens: 170))
    #expect(left() == 9530)
  }
}
