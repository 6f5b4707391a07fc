import Access
import Dispatch
import EventLoop
import Testing

@testable import Sessions

@Suite struct QueryTests {
  let manual = ManualClock()

  @Test func listsAreLatestFirstAndByOwner() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let (even, odd) = (Principal.address("192.0.2.2"), Principal.address("192.0.2.1"))
    for number in 0..<6 {
      try await registry.talk(id("s\(number)"), as: number % 2 == 0 ? even : odd, then: manual)
    }
    try await registry.talk(id("s0"), as: even, then: manual)
    let all = try #require(try await registry.list(as: even, limit: 10))
    #expect(all.sessions.map(\.id.description) == ["s0", "s4", "s2"])
    #expect(all.sessions.map(\.messageCount) == [4, 2, 2])
    let page = try #require(try await registry.list(as: even, skip: 1, limit: 1))
    #expect(page.total == 3)
    #expect(page.sessions.map(\.id.description) == ["s4"])
    #expect(try await registry.list(as: .loopback, limit: 10) == SessionPage(sessions: [], total: 0))
    #expect(try await registry.list(as: odd, skip: 10, limit: 10)?.sessions.isEmpty == true)
    #expect(try await registry.list(as: odd, skip: .max, limit: .max)?.total == 3)
    #expect(try await registry.list(as: odd, limit: 0)?.total == 3)
  }

  /// Who only looks in hides nobody's chats: such a session is in no list, and counts in none.
  @Test func whatWasNeverUsedIsNotListed() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let loop = try EventLoop(name: "unused")
    defer { loop.shutDown() }
    for number in 0..<4 { try await registry.talk(id("s\(number)"), then: manual) }
    var joined: [Joined] = []
    for number in 0..<30 {
      joined.append(try await registry.join(number == 7 ? id("s1") : nil, .deaf(on: loop)))
    }
    #expect(await registry.list(limit: 30).sessions.map(\.id.description) == ["s3", "s2", "s1", "s0"])
    #expect(await registry.list(limit: 30).total == 4)
    let page = await registry.list(skip: 1, limit: 2)
    #expect(page.sessions.map(\.id.description) == ["s2", "s1"] && page.total == 4)
    // It is there, and it is listed from its first message on.
    let unused = joined[0].session.id
    #expect(await registry.history(of: unused, limit: 1)?.total == 0)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: unused, message: "q", model: "m"))
    #expect(await registry.list(limit: 1).sessions.map(\.id) == [unused])
    #expect(await registry.list(limit: 1).total == 5)
    await registry.finishTurn(turn, .completed)
    // And stays so when it is emptied.
    _ = await registry.clearHistory(of: unused)
    #expect(await registry.list(limit: 1).sessions.map(\.messageCount) == [0])
    #expect(await registry.delete(unused) == 0)
    #expect(await registry.list(limit: 1).total == 4)
    withExtendedLifetime(joined) {}
  }

  /// A message that nobody came back for makes its session one that was used.
  @Test func aTurnThatWaitedInVainListsItsSession() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let loop = try EventLoop(name: "unused")
    defer { loop.shutDown() }
    let gone = SessionListener.deaf(on: loop)
    let task = Task {
      try await registry.beginTurn(
        TurnRequest(sessionID: id("s"), message: "q", model: "m", origin: gone.id))
    }
    await eventually("it waits") { registry.currentCounts.waitingTurns == 1 }
    #expect(await registry.list(limit: 1).total == 0)
    manual.advance(by: .seconds(30))
    await registry.sweep()
    await #expect(throws: TurnError.cancelled) { try await task.value }
    #expect(await registry.names == ["s"])
  }

  /// Nothing is done for a client that has left by the time that its turn comes.
  @Test func whatNobodyWaitsForLapses() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    try await registry.talk(id("s"), then: manual)
    // What is asked meanwhile lies in the queue behind this.
    let isHeld = DispatchSemaphore(value: 0)
    registry.executor.queue.async { isHeld.wait() }
    let list = Task { try await registry.list(as: .loopback, limit: 10) }
    let history = Task { try await registry.history(of: id("s"), as: .loopback, limit: 10) }
    let asked = Task { try await registry.list(as: .loopback, limit: 10) }
    list.cancel()
    history.cancel()
    isHeld.signal()
    #expect(try await list.value == nil)
    #expect(try await history.value == nil)
    #expect(try await asked.value?.total == 1)
  }

  /// They are among the signs of life of the process.
  @Test func figuresDoNotWaitForTheQueue() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    try await registry.talk(id("s"), then: manual)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "q", model: "m"))
    let isHeld = DispatchSemaphore(value: 0)
    registry.executor.queue.async { isHeld.wait() }
    let counts = registry.currentCounts
    isHeld.signal()
    #expect(counts.sessions == 1 && counts.runningTurns == 1 && counts.bytes > 0)
    await registry.finishTurn(turn, .completed)
    #expect(registry.currentCounts.runningTurns == 0)
  }

  @Test func historyComesInPages() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let id = id("s")
    for _ in 0..<5 { try await registry.talk(id, then: manual) }
    let page = try #require(await registry.history(of: id, skip: 3, limit: 4))
    #expect(page.messages.map(\.number) == [4, 5, 6, 7])
    #expect(page.total == 10)
    #expect(await registry.history(of: id, skip: 10, limit: 4)?.messages.isEmpty == true)
    #expect(await registry.history(of: id, skip: -1, limit: 1)?.messages.map(\.number) == [1])
  }

  @Test func joiningMakesASessionOnce() async throws {
    let loop = try EventLoop(name: "join")
    defer { loop.shutDown() }
    let registry = SessionRegistry(clock: manual.clock)
    let (ann, bob) = (Principal.address("192.0.2.1"), Principal.address("192.0.2.2"))
    let joined = try await registry.join(nil, as: ann, .deaf(on: loop))
    let made = joined.session
    #expect(joined.membership.sessionID == made.id)
    #expect(made.messageCount == 0 && made.owner == ann.id && !made.isGenerating)
    #expect(try await registry.join(made.id, as: bob, .deaf(on: loop)).session == made)
    #expect(registry.currentCounts.sessions == 1)
    withExtendedLifetime(joined.membership) {}
  }
}
