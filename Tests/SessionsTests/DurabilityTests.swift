import Access
import EventLoop
import System
import Testing

@testable import Sessions

/// What an acknowledgement means, and what is there after a process has gone.
@Suite struct DurabilityTests {
  private let store = ScriptedStore()

  /// A registry as a process makes it at its start.
  private func start(
    timeout: Duration = .seconds(10), isRelaxed: Bool = false, clock: SessionClock = .system
  ) async throws -> SessionRegistry {
    let storage = try SessionStorage(store, timeout: timeout, isRelaxed: isRelaxed)
    _ = try await StoreRecovery.endInterrupted(in: storage)
    return SessionRegistry(limits: SessionLimits(), storage: storage, clock: clock)
  }

  private func texts(_ registry: SessionRegistry, as principal: Principal = .loopback) async throws
    -> [String]
  {
    try await registry.history(of: id("s"), as: principal, limit: 100)?.messages.map(\.content) ?? []
  }

  @Test func whatWasAcknowledgedIsThereAfterARestart() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "hello", model: "m"))
    #expect(turn.awaitsStore)
    try await registry.acknowledge(turn)
    #expect(store.state.withLock { $0.rows.history(of: "s@loopback").map(\.message.content) } == ["hello"])
    turn.generation.log.append("wor")
    turn.generation.log.append("ld")
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    let again = try await start()
    #expect(try await texts(again) == ["hello", "world"])
    let page = await again.list(limit: 10)
    #expect(page.total == 1 && page.sessions.map(\.title) == ["hello"] && page.sessions[0].messageCount == 2)
    #expect(await again.generation(of: id("s")) == nil)
    try await again.talk(id("s"), "and now?", text: "now")
    try await eventually { try await self.texts(again) == ["hello", "world", "and now?", "now"] }
  }

  @Test func nobodyHearsOfATurnBeforeItIsStored() async throws {
    let registry = try await start()
    let loop = try EventLoop(name: "test")
    defer { loop.shutDown() }
    let told = Lock<[Generation]>([])
    let listener = SessionListener(on: loop) { generation in told.withLock { $0.append(generation) } }
    let joined = try await registry.join(id("s"), listener)
    store.hold()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "hello", model: "m"))
    turn.generation.log.append("text")
    let asked = Task { await registry.generation(of: id("s")) }
    let acknowledged = Task { try await registry.acknowledge(turn) }
    await loop.run {}
    #expect(told.withLock { $0.isEmpty })
    store.release()
    try await acknowledged.value
    #expect(await asked.value === turn.generation)
    await eventually { told.withLock { $0.count == 1 } }
    withExtendedLifetime(joined) {}
  }

  @Test func aMessageThatCannotBeStoredIsNotTaken() async throws {
    let registry = try await start(timeout: .milliseconds(200))
    try await registry.talk(id("s"), "first", text: "one")
    try await eventually { try await self.texts(registry).count == 2 }
    store.behave(.fails(ScriptedStore.away))
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id("s"), message: "second", model: "m", replacesLastTurn: true))
    await #expect(throws: TurnError.notStored) { try await registry.acknowledge(turn) }
    #expect(turn.generation.stopReason == .notStored)
    await registry.finishTurn(turn, .failed(code: "service_unavailable", message: "store"))
    #expect(try await texts(registry) == ["first", "one"], "what it would have replaced is there again")
    await #expect(throws: TurnError.store(.fails(ScriptedStore.away))) {
      try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "third", model: "m"))
    }
    store.behave(.works)
    await eventually { registry.storage?.writer.refusal == nil }
    let again = try await start()
    #expect(try await texts(again) == ["first", "one"])
    try await registry.talk(id("s"), "fourth", text: "four")
    try await eventually { try await self.texts(registry) == ["first", "one", "fourth", "four"] }
  }

  @Test func aCommitOfUnknownOutcomeIsTakenBackOrRepeated() async throws {
    let registry = try await start(timeout: .milliseconds(300))
    store.behave(.failsBehind)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "hello", model: "m"))
    await #expect(throws: TurnError.notStored) { try await registry.acknowledge(turn) }
    await registry.finishTurn(turn, .failed(code: "service_unavailable", message: "store"))
    store.behave(.works)
    await eventually { self.store.state.withLock { $0.rows.sessions.isEmpty } }
    // And one whose outcome becomes known in time is stored once.
    await eventually { registry.storage?.writer.refusal == nil }
    let second = try await start(timeout: .seconds(10))
    store.behave(.failsBehind)
    let later = try await second.beginTurn(TurnRequest(sessionID: id("s"), message: "again", model: "m"))
    let acknowledged = Task { try await second.acknowledge(later) }
    await eventually { self.store.state.withLock { $0.groups.count > 1 && !$0.rows.sessions.isEmpty } }
    store.behave(.works)
    try await acknowledged.value
    #expect(store.state.withLock { $0.rows.history(of: "s@loopback").map(\.message.content) } == ["again"])
  }

  @Test func anAnswerThatIsNotStoredInTimeIsToldAsThatAndStoredLater() async throws {
    let registry = try await start(timeout: .milliseconds(200))
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "hello", model: "m"))
    try await registry.acknowledge(turn)
    turn.generation.log.append("world")
    store.behave(.fails(ScriptedStore.away))
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    guard case .failed(let code, _, _) = turn.generation.log.ending?.outcome else {
      Issue.record("\(String(describing: turn.generation.log.ending))")
      return
    }
    #expect(code == "not_stored")
    let pending = await registry.history(of: id("s"), limit: 10)
    #expect(pending?.messages.map(\.isPending) == [false, true])
    store.behave(.works)
    await eventually {
      await registry.history(of: id("s"), limit: 10)?.messages.map(\.isPending) == [false, false]
    }
    #expect(
      store.state.withLock { $0.rows.history(of: "s@loopback").map(\.message.content) } == ["hello", "world"])
  }

  @Test func anAnswerThatEndsBeforeItsMessageIsStoredWaitsForThat() async throws {
    let registry = try await start()
    store.hold()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "hello", model: "m"))
    turn.generation.log.append("world")
    await registry.finishTurn(turn, .completed)
    #expect(!turn.generation.log.hasEnded)
    store.release()
    try await registry.acknowledge(turn)
    await eventually { turn.generation.log.hasEnded }
    #expect(try await texts(registry) == ["hello", "world"])
  }

  @Test func whatAKilledProcessHasSaidIsThereOnceAsInterrupted() async throws {
    let manual = ManualClock()
    let registry = try await start(clock: manual.clock)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "hello", model: "m"))
    try await registry.acknowledge(turn)
    for text in ["a", "b\u{0}", "é"] { turn.generation.log.append(text) }
    await registry.checkpoint()
    await eventually { self.store.state.withLock { $0.rows.texts(of: turn.generation.id) } == "ab\u{FFFD}é" }
    await eventually { await !registry.isCheckpointing }
    turn.generation.log.append("d")
    await registry.checkpoint()
    await eventually { self.store.state.withLock { $0.rows.texts(of: turn.generation.id) } == "ab\u{FFFD}éd" }
    #expect(store.state.withLock { $0.rows.checkpoints.count == 2 && $0.rows.parts.isEmpty })
    turn.generation.log.append("lost")
    for _ in 1...2 {
      let again = try await start()
      #expect(store.state.withLock { $0.rows.checkpoints.isEmpty })
      let messages = try #require(await again.history(of: id("s"), limit: 10)).messages
      #expect(messages.map(\.content) == ["hello", "ab\u{FFFD}éd"])
      #expect(messages.map(\.state) == [.whole, .interrupted])
      let generation = try #require(await again.generation(of: id("s")))
      #expect(generation.id == turn.generation.id)
      let loop = try EventLoop(name: "test")
      defer { loop.shutDown() }
      // Whoever has seen two, all that were kept, and more than was kept.
      for (seen, expected) in [(0, [1, 2, 3, 4, 5]), (2, [3, 4, 5]), (4, [5]), (5, [6]), (900, [901])] {
        let numbers = await loop.run { () -> [Int] in
          let subscription = generation.log.subscribe(after: seen, on: loop) {}
          var numbers: [Int] = []
          while subscription.read({ number, _ in numbers.append(number) }) == .more {}
          return numbers
        }
        #expect(numbers == expected)
      }
    }
    // The next turn ends that.
    let again = try await start()
    try await again.talk(id("s"), "go on", text: "on")
    await eventually { self.store.state.withLock { $0.rows.parts.isEmpty } }
  }

  @Test func aTurnWithoutAWordIsMarkedAsFailed() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "hello", model: "m"))
    try await registry.acknowledge(turn)
    let again = try await start()
    let messages = try #require(await again.history(of: id("s"), limit: 10)).messages
    #expect(messages.map(\.state) == [.failed])
    #expect(await again.generation(of: id("s"))?.log.ending?.outcome == .interrupted)
  }

  @Test func sessionsBelongToTheirOwnersAfterARestart() async throws {
    let (ann, bob) = (Principal.cookie(high: 1, low: 2), Principal.token(high: 1, low: 2))
    let registry = try await start()
    try await registry.talk(id("s"), "ann's", as: ann)
    try await registry.talk(id("s"), "bob's", as: bob)
    let turn = try await registry.beginTurn(TurnRequest(principal: ann, message: "shared", model: "m"))
    try await registry.acknowledge(turn)
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    let again = try await start()
    #expect(try await texts(again, as: ann) == ["ann's", "a"])
    #expect(try await texts(again, as: bob) == ["bob's", "a"])
    #expect(try await texts(again).isEmpty)
    #expect(try await again.list(as: ann, limit: 10)?.total == 2)
    // Who knows a whole random id takes part, and no more.
    #expect(try await again.summary(of: turn.sessionID, as: bob)?.owner == ann.id)
    await #expect(throws: SessionAccessError.notOwner) { try await again.delete(turn.sessionID, as: bob) }
  }

  @Test func aDeletionIsDoneWhenItIsStored() async throws {
    let registry = try await start(timeout: .milliseconds(200))
    try await registry.talk(id("s"))
    try await eventually { try await self.texts(registry).count == 2 }
    // What fails is the deletion, and nothing before it.
    await eventually { registry.storage?.writer.figures.waiting == 0 }
    store.behave(.fails(ScriptedStore.away))
    await #expect(throws: SessionAccessError.store) { try await registry.delete(id("s"), as: .loopback) }
    #expect(try await texts(registry).count == 2)
    store.behave(.works)
    await eventually { self.store.state.withLock { $0.rows.sessions.isEmpty } }
    await eventually { await registry.list(limit: 10).total == 0 }
    #expect(try await texts(registry).isEmpty)
    try await registry.talk(id("s"), "new")
    await eventually { self.store.state.withLock { $0.rows.history(of: "s@loopback").count == 2 } }
    #expect(try await registry.delete(id("s"), as: .loopback) == 2)
    #expect(store.state.withLock { $0.rows.sessions.isEmpty && $0.rows.messages.isEmpty })
  }

  @Test func aClearedHistoryStaysCleared() async throws {
    let registry = try await start()
    try await registry.talk(id("s"))
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "running", model: "m"))
    #expect(try await registry.clearHistory(of: id("s"), as: .loopback) == 2)
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    let again = try await start()
    #expect(try await texts(again) == ["running", ""])
  }

  @Test func memoryHasTheEndOfAHistoryAndTheStoreAllOfIt() async throws {
    let registry = try await start()
    for number in 1...80 { try await registry.talk(id("s"), "q\(number)", text: "a\(number)") }
    await eventually { store.state.withLock { $0.rows.history(of: "s@loopback").count == 160 } }
    let again = try await start()
    let all = try #require(await again.history(of: id("s"), limit: 500))
    #expect(all.total == 160 && all.messages.count == 160 && all.messages[159].content == "a80")
    for skip in [0, 1, 59, 60, 61, 158, 159, 160, 161] {
      let page = try #require(await again.history(of: id("s"), skip: skip, limit: 3))
      #expect(
        page.messages.map(\.content) == all.messages.dropFirst(skip).prefix(3).map(\.content), "\(skip)")
    }
    let turn = try await again.beginTurn(TurnRequest(sessionID: id("s"), message: "next", model: "m"))
    #expect(turn.context.last?.content == "a80" && turn.message.number == 161)
  }

  @Test func aKeyThatIsShownTwiceGetsOneGeneration() async throws {
    let registry = try await start()
    func request(_ digest: UInt8 = 1) -> TurnRequest {
      var request = TurnRequest(sessionID: id("s"), message: "hello", model: "m")
      request.idempotency = Idempotency("k", of: .loopback, digest: [digest])
      return request
    }
    let starts = try await withThrowingTaskGroup(of: TurnStart.self) { group in
      for _ in 1...100 { group.addTask { try await registry.joinOrBeginTurn(request()) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let begun = starts.compactMap { if case .begun(let turn) = $0 { turn } else { nil } }
    #expect(begun.count == 1)
    let turn = try #require(begun.first)
    #expect(
      starts.allSatisfy {
        if case .joined(let generation) = $0 { generation === turn.generation } else { true }
      })
    await #expect(throws: TurnError.idempotencyConflict) { try await registry.joinOrBeginTurn(request(2)) }
    turn.generation.log.append("world")
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    let again = try await start()
    guard case .joined(let generation) = try await again.joinOrBeginTurn(request()) else {
      Issue.record("it was asked for anew")
      return
    }
    #expect(generation.id == turn.generation.id && generation.log.fullText == "world")
    await #expect(throws: TurnError.idempotencyConflict) { try await again.joinOrBeginTurn(request(2)) }
  }

  @Test func whatHasFailedIsTriedAgainByTheSameKey() async throws {
    let registry = try await start()
    var request = TurnRequest(sessionID: id("s"), message: "hello", model: "m")
    request.idempotency = Idempotency("k", of: .loopback, digest: [1])
    guard case .begun(let turn) = try await registry.joinOrBeginTurn(request) else { return }
    await registry.finishTurn(turn, .failed(code: "bad_gateway", message: "broken"))
    await eventually { turn.generation.log.hasEnded }
    guard case .begun = try await registry.joinOrBeginTurn(request) else {
      Issue.record("it was not tried again")
      return
    }
  }

  @Test func relaxedTurnsGoOnBeforeTheyAreStored() async throws {
    let registry = try await start(isRelaxed: true)
    store.hold()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "hello", model: "m"))
    #expect(!turn.awaitsStore && turn.generation.isRelaxed)
    turn.generation.log.append("world")
    await registry.finishTurn(turn, .completed)
    #expect(turn.generation.log.hasEnded)
    store.release()
    await eventually { self.store.state.withLock { $0.rows.history(of: "s@loopback").count == 2 } }
  }

  @Test func relaxedTurnsGoOnWhileTheStoreFails() async throws {
    let registry = try await start(isRelaxed: true)
    try await registry.talk(id("s"), "first")
    await eventually { store.state.withLock { $0.rows.history(of: "s@loopback").count == 2 } }
    store.behave(.fails(ScriptedStore.away))
    try await registry.talk(id("s"), "second")
    await eventually { registry.storage?.writer.figures.isFailing == true }
    try await registry.talk(id("s"), "third")
    try await registry.talk(id("other"), "hello")
    #expect(try await texts(registry) == ["first", "a", "second", "a", "third", "a"])
    store.behave(.works)
    await eventually { store.state.withLock { $0.rows.history(of: "s@loopback").count == 6 } }
    await eventually { store.state.withLock { $0.rows.history(of: "other@loopback").count == 2 } }
  }

  @Test func relaxedTurnsAreRefusedOnceAnotherHasTheStore() async throws {
    let registry = try await start(isRelaxed: true)
    store.behave(.fails(StoreError(.taken, "another gateway has it")))
    try await registry.talk(id("s"))
    await eventually { registry.storage?.writer.figures.isFailing == true }
    await #expect(throws: TurnError.self) {
      try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "q", model: "m"))
    }
  }

  @Test func whatCannotBeReadIsToldAndNotTakenForNothing() async throws {
    let registry = try await start()
    try await registry.talk(id("s"))
    await eventually { store.state.withLock { $0.rows.history(of: "s@loopback").count == 2 } }
    let again = try await start()
    store.state.withLock { $0.readsFail = true }
    await #expect(throws: SessionAccessError.store) { try await texts(again) }
    await #expect(throws: SessionAccessError.store) { try await again.list(as: .loopback, limit: 1) }
    await #expect(throws: TurnError.notStored) {
      try await again.beginTurn(TurnRequest(sessionID: id("s"), message: "q", model: "m"))
    }
    store.state.withLock { $0.readsFail = false }
    #expect(try await texts(again) == ["q", "a"])
  }

  @Test func sessionsOfAddressesAreKeptForADay() async throws {
    let manual = ManualClock()
    let registry = try await start(clock: manual.clock)
    let address = Principal.address("192.0.2.1")
    try await registry.talk(id("s"), as: address)
    try await registry.talk(id("s"), as: .loopback)
    await eventually { self.store.state.withLock { $0.rows.sessions.count == 2 } }
    manual.advance(by: .seconds(86_000))
    await registry.dropOldSessions()
    #expect(store.state.withLock { $0.rows.sessions.count == 2 })
    manual.advance(by: .seconds(500))
    await registry.dropOldSessions()
    await eventually {
      self.store.state.withLock { $0.rows.sessions.keys.map(\.description) == ["s@loopback"] }
    }
  }

  @Test func whatOthersHaveDeletedIsGone() async throws {
    let registry = try await start()
    try await registry.talk(id("s"))
    await eventually { await registry.restingNames == ["s"] }
    store.state.withLock { state in
      state.rows.sessions = [:]
      state.rows.messages = [:]
      state.wasChanged = true
    }
    await registry.lookForForeignChanges()
    #expect(try await texts(registry).isEmpty)
  }
}

extension StoreKey: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self.init(stored: text) }
}
