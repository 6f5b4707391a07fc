import EventLoop
import Testing

@testable import Sessions

@Suite struct RegistryLimitsTests {
  let manual = ManualClock()
  static let completed = GenerationOutcome.completed(doneReason: "stop", usage: GenerationUsage())

  func id(_ text: String) -> SessionID { SessionID(text)! }

  func talk(_ registry: SessionRegistry, _ id: SessionID, user: String = "u") async throws {
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id, user: user, message: "q", model: "m"))
    turn.generation.log.append("a")
    await registry.finishTurn(turn, Self.completed)
    manual.advance(by: .milliseconds(1))
  }

  func names(_ registry: SessionRegistry) async -> [String] {
    await registry.list(limit: 100).sessions.map(\.id.description)
  }

  @Test func theLeastRecentlyUsedGoes() async throws {
    var limits = SessionLimits()
    limits.sessions = 3
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    for name in ["a", "b", "c"] { try await talk(registry, id(name)) }
    try await talk(registry, id("a"))
    try await talk(registry, id("d"))
    #expect(await names(registry) == ["d", "a", "c"])
    #expect(await registry.currentCounts.evicted == 1)
    #expect(await registry.history(of: id("b"), limit: 1) == nil)
  }

  @Test func aBusySessionNeverGoes() async throws {
    var limits = SessionLimits()
    limits.sessions = 2
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    let first = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "m"))
    try await talk(registry, id("b"))
    try await talk(registry, id("c"))
    #expect(await names(registry) == ["c", "a"])
    let third = try await registry.beginTurn(TurnRequest(sessionID: id("c"), message: "q", model: "m"))
    await #expect(throws: TurnError.tooManySessions(limit: 2)) { try await talk(registry, id("d")) }
    await #expect(throws: TurnError.tooManySessions(limit: 2)) { try await registry.join(nil) }
    // A known one is no new one.
    #expect(try await registry.join(id("a")).id == id("a"))
    await registry.finishTurn(first, Self.completed)
    try await talk(registry, id("d"))
    #expect(await names(registry) == ["d", "c"])
    await registry.finishTurn(third, Self.completed)
  }

  @Test func allSessionsTogetherHaveABound() async throws {
    var limits = SessionLimits()
    limits.totalBytes = 2000
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    for number in 0..<30 { try await talk(registry, id("s\(number)")) }
    let counts = await registry.currentCounts
    #expect(counts.bytes <= 2000 && counts.bytes > 1500)
    #expect(counts.evicted == 30 - counts.sessions)
    #expect(await names(registry).first == "s29")
  }

  @Test func sessionsExpire() async throws {
    var limits = SessionLimits()
    limits.timeToLive = .seconds(100)
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    try await talk(registry, id("old"))
    let busy = try await registry.beginTurn(TurnRequest(sessionID: id("busy"), message: "q", model: "m"))
    manual.advance(by: .seconds(60))
    try await talk(registry, id("young"))
    manual.advance(by: .seconds(60))
    await registry.sweep()
    #expect(await names(registry) == ["young", "busy"])
    await registry.finishTurn(busy, Self.completed)
    manual.advance(by: .seconds(99))
    await registry.sweep()
    #expect(await names(registry) == ["busy"])
    manual.advance(by: .seconds(2))
    await registry.sweep()
    let counts = await registry.currentCounts
    #expect(counts.sessions == 0 && counts.expired == 3 && counts.bytes == 0)
  }

  @Test func theSweepRunsByItself() async throws {
    var limits = SessionLimits()
    limits.timeToLive = .milliseconds(20)
    limits.grace = .milliseconds(20)
    let registry = SessionRegistry(limits: limits)
    let turn = try await registry.beginTurn(TurnRequest(message: "q", model: "m"))
    await eventually("the stop") { turn.generation.stopReason == .abandoned }
    await registry.finishTurn(turn, .cancelled)
    await eventually("the expiry") { await registry.currentCounts.sessions == 0 }
  }

  @Test func theLastGenerationCanBeReadForAWhile() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let id = id("s")
    #expect(await registry.generation(of: id) == nil)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id, message: "q", model: "m"))
    #expect(await registry.generation(of: id) === turn.generation)
    await registry.finishTurn(turn, Self.completed)
    manual.advance(by: .seconds(59))
    await registry.sweep()
    #expect(await registry.generation(of: id) === turn.generation)
    manual.advance(by: .seconds(1))
    #expect(await registry.generation(of: id) == nil)
    await registry.sweep()
    #expect(await registry.generation(of: id) == nil)
    #expect(await registry.summary(of: id)?.messageCount == 2)
  }

  // MARK: Grace

  @Test func aGenerationThatNobodyListensToIsStoppedAfterTheGrace() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let turn = try await registry.beginTurn(TurnRequest(message: "q", model: "m"))
    manual.advance(by: .seconds(29))
    await registry.sweep()
    #expect(turn.generation.stopReason == nil)
    manual.advance(by: .seconds(1))
    await registry.sweep()
    #expect(turn.generation.stopReason == .abandoned)
  }

  @Test func theGraceBeginsWhenTheLastListenerLeaves() async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    let registry = SessionRegistry(clock: manual.clock)
    let turn = try await registry.beginTurn(TurnRequest(message: "q", model: "m"))
    let listeners = [Listener(loop: loop), Listener(loop: loop)]
    for listener in listeners { await listener.subscribe(to: turn.generation.log) }
    manual.advance(by: .seconds(1000))
    await registry.sweep()
    await listeners[0].cancel()
    manual.advance(by: .seconds(1000))
    await registry.sweep()
    #expect(turn.generation.stopReason == nil)
    await listeners[1].cancel()
    manual.advance(by: .seconds(29))
    await registry.sweep()
    #expect(turn.generation.stopReason == nil)
    manual.advance(by: .seconds(1))
    await registry.sweep()
    #expect(turn.generation.stopReason == .abandoned)
  }

  @Test func aListenerThatWasThereBetweenTwoLooksCounts() async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    let registry = SessionRegistry(clock: manual.clock)
    let turn = try await registry.beginTurn(TurnRequest(message: "q", model: "m"))
    manual.advance(by: .seconds(29))
    await registry.sweep()
    let visitor = Listener(loop: loop)
    await visitor.subscribe(to: turn.generation.log)
    await visitor.cancel()
    manual.advance(by: .seconds(1))
    await registry.sweep()
    #expect(turn.generation.stopReason == nil)
    manual.advance(by: .seconds(29))
    await registry.sweep()
    #expect(turn.generation.stopReason == nil)
    manual.advance(by: .seconds(1))
    await registry.sweep()
    #expect(turn.generation.stopReason == .abandoned)
  }

  // MARK: Lists

  @Test func listsAreLatestFirstAndByOwner() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    for number in 0..<6 { try await talk(registry, id("s\(number)"), user: number % 2 == 0 ? "even" : "odd") }
    try await talk(registry, id("s0"), user: "odd")
    #expect(await names(registry) == ["s0", "s5", "s4", "s3", "s2", "s1"])
    let page = await registry.list(owner: "even", skip: 1, limit: 1)
    #expect(page.total == 3)
    #expect(page.sessions.map(\.id.description) == ["s4"])
    #expect(page.sessions.map(\.messageCount) == [2])
    #expect(await registry.list(owner: "nobody", limit: 10) == SessionPage.empty)
    #expect(await registry.list(skip: 10, limit: 10).sessions.isEmpty)
    #expect(await registry.list(limit: 0).total == 6)
  }

  @Test func historyComesInPages() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let id = id("s")
    for _ in 0..<5 { try await talk(registry, id) }
    let page = try #require(await registry.history(of: id, skip: 3, limit: 4))
    #expect(page.messages.map(\.number) == [4, 5, 6, 7])
    #expect(page.total == 10)
    #expect(await registry.history(of: id, skip: 10, limit: 4)?.messages.isEmpty == true)
    #expect(await registry.history(of: id, skip: -1, limit: 1)?.messages.map(\.number) == [1])
  }

  @Test func joiningMakesASessionOnce() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let made = try await registry.join(nil, owner: "ann")
    #expect(made.messageCount == 0 && made.owner == "ann" && !made.isGenerating)
    #expect(try await registry.join(made.id, owner: "bob") == made)
    #expect(await registry.currentCounts.sessions == 1)
  }

  @Test func manySessionsAtOnce() async throws {
    var limits = SessionLimits()
    limits.sessions = 50
    let registry = SessionRegistry(limits: limits)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<400 {
        group.addTask {
          do {
            let turn = try await registry.beginTurn(
              TurnRequest(sessionID: SessionID("s\(number % 80)"), message: "q", model: "m"))
            turn.generation.log.append("a")
            await Task.yield()
            await registry.finishTurn(turn, Self.completed)
          } catch {
            #expect(error as? TurnError == .tooManySessions(limit: 50))
          }
        }
      }
    }
    let counts = await registry.currentCounts
    #expect(counts.sessions == 50 && counts.runningTurns == 0 && counts.waitingTurns == 0)
    let listed = await registry.list(limit: 100).sessions
    #expect(listed.count == 50 && Set(listed.map(\.id)).count == 50)
    var bytes = 0
    for session in listed {
      let messages = await registry.history(of: session.id, limit: 1000)?.messages ?? []
      bytes += messages.reduce(0) { $0 + $1.content.utf8.count + 1 + 96 + ($1.isFromUser ? 8 : 0) }
    }
    #expect(counts.bytes == bytes)
  }
}

extension SessionPage {
  static var empty: SessionPage { SessionPage(sessions: [], total: 0) }
}
