import EventLoop
import Testing

@testable import Sessions

@Suite struct RegistryLimitsTests {
  let manual = ManualClock()

  @Test func theLeastRecentlyUsedGoes() async throws {
    var limits = SessionLimits()
    limits.sessions = 3
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    for name in ["a", "b", "c"] { try await registry.talk(id(name), then: manual) }
    try await registry.talk(id("a"), then: manual)
    try await registry.talk(id("d"), then: manual)
    #expect(await registry.names == ["d", "a", "c"])
    #expect(registry.currentCounts.evicted == 1)
    #expect(await registry.history(of: id("b"), limit: 1) == nil)
  }

  @Test func aBusySessionNeverGoes() async throws {
    var limits = SessionLimits()
    limits.sessions = 2
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    let first = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "m"))
    try await registry.talk(id("b"), then: manual)
    try await registry.talk(id("c"), then: manual)
    #expect(await registry.names == ["c", "a"])
    let loop = try EventLoop(name: "join")
    defer { loop.shutDown() }
    let third = try await registry.beginTurn(TurnRequest(sessionID: id("c"), message: "q", model: "m"))
    await #expect(throws: TurnError.tooManySessions(limit: 2)) {
      try await registry.talk(id("d"), then: manual)
    }
    await #expect(throws: TurnError.tooManySessions(limit: 2)) {
      try await registry.join(nil, .deaf(on: loop))
    }
    // A known one is no new one.
    #expect(try await registry.join(id("a"), .deaf(on: loop)).session.id == id("a"))
    await registry.finishTurn(first, .completed)
    try await registry.talk(id("d"), then: manual)
    #expect(await registry.names == ["d", "c"])
    await registry.finishTurn(third, .completed)
  }

  /// Busy sessions are not among those that are looked through for one to drop; they come back when they rest, as what was
  /// used last.
  @Test func busySessionsAreKeptApart() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "m"))
    let waiting = Task {
      try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "m"))
    }
    await eventually("it waits") { registry.currentCounts.waitingTurns == 1 }
    try await registry.talk(id("b"), then: manual)
    try await registry.talk(id("c"), then: manual)
    #expect(await registry.restingNames == ["b", "c"])
    await registry.finishTurn(turn, .completed)
    let second = try await waiting.value
    #expect(await registry.restingNames == ["b", "c"])
    let last = Task {
      try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "m"))
    }
    await eventually("it waits") { registry.currentCounts.waitingTurns == 1 }
    last.cancel()
    await #expect(throws: TurnError.cancelled) { try await last.value }
    #expect(await registry.restingNames == ["b", "c"])
    await registry.finishTurn(second, .completed)
    #expect(await registry.restingNames == ["b", "c", "a"])
    // What is dropped while it is busy, or at rest, is nowhere.
    _ = try await registry.beginTurn(TurnRequest(sessionID: id("b"), message: "q", model: "m"))
    for name in ["b", "c"] { #expect(await registry.delete(id(name)) != nil) }
    #expect(await registry.restingNames == ["a"])
    await registry.sweep()
    #expect(await registry.restingNames == ["a"])
  }

  @Test func allSessionsTogetherHaveABound() async throws {
    var limits = SessionLimits()
    limits.totalBytes = 2000
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    for number in 0..<30 { try await registry.talk(id("s\(number)"), then: manual) }
    let counts = registry.currentCounts
    #expect(counts.bytes <= 2000 && counts.bytes > 1500)
    #expect(counts.evicted == 30 - counts.sessions)
    #expect(await registry.names.first == "s29")
  }

  @Test("Unused sessions expire") func sessionsExpire() async throws {
    var limits = SessionLimits()
    limits.timeToLive = .seconds(100)
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    try await registry.talk(id("old"), then: manual)
    let busy = try await registry.beginTurn(TurnRequest(sessionID: id("busy"), message: "q", model: "m"))
    manual.advance(by: .seconds(60))
    try await registry.talk(id("young"), then: manual)
    manual.advance(by: .seconds(60))
    await registry.sweep()
    #expect(await registry.names == ["young", "busy"])
    await registry.finishTurn(busy, .completed)
    manual.advance(by: .seconds(99))
    await registry.sweep()
    #expect(await registry.names == ["busy"])
    manual.advance(by: .seconds(2))
    await registry.sweep()
    let counts = registry.currentCounts
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
    await eventually("the expiry") { registry.currentCounts.sessions == 0 }
  }

  @Test func theLastGenerationCanBeReadForAWhile() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let id = id("s")
    #expect(await registry.generation(of: id) == nil)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id, message: "q", model: "m"))
    #expect(await registry.generation(of: id) === turn.generation)
    await registry.finishTurn(turn, .completed)
    manual.advance(by: .seconds(59))
    await registry.sweep()
    #expect(await registry.generation(of: id) === turn.generation)
    manual.advance(by: .seconds(1))
    #expect(await registry.generation(of: id) == nil)
    await registry.sweep()
    #expect(await registry.generation(of: id) == nil)
    #expect(await registry.summary(of: id)?.messageCount == 2)
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
            await registry.finishTurn(turn, .completed)
          } catch {
            #expect(error as? TurnError == .tooManySessions(limit: 50))
          }
        }
      }
    }
    let counts = registry.currentCounts
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
