import Access
import EventLoop
import System
import Testing

@testable import Sessions

/// Who shows to have been somebody else before takes over what was said.
@Suite struct AdoptionTests {
  private let store = ScriptedStore()
  private let clock = ManualClock()
  private let page = Principal.cookie(high: 1, low: 2)
  private let token = Principal.token(high: 3, low: 4)
  private let owner = Principal.token(high: 9, low: 9)

  private func registry(isStored: Bool) throws -> SessionRegistry {
    let storage = isStored ? try SessionStorage(store, timeout: .seconds(10)) : nil
    return SessionRegistry(limits: SessionLimits(), storage: storage, clock: clock.clock)
  }

  @discardableResult
  private func say(
    _ text: String, in session: SessionID?, as principal: Principal, _ registry: SessionRegistry
  ) async throws -> SessionID {
    clock.advance(by: .seconds(1))
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: session, principal: principal, message: text, model: "m"))
    try await registry.acknowledge(turn)
    turn.generation.log.append("answer to \(text)")
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    return turn.sessionID
  }

  private func titles(_ registry: SessionRegistry, _ principal: Principal) async throws -> [String] {
    try await registry.list(as: principal, limit: 500)?.sessions.map(\.title) ?? []
  }

  @Test(arguments: [false, true])
  func allThatWasSaid(isStored: Bool) async throws {
    let registry = try registry(isStored: isStored)
    let random = try await say("random", in: nil, as: page, registry)
    try await say("chosen", in: id("tour"), as: page, registry)
    try await say("own", in: id("mine"), as: owner, registry)
    try await say("of the token", in: id("work"), as: token, registry)
    try await say("of another", in: id("work"), as: .address("192.0.2.7"), registry)
    let adoption = try await registry.adopt(sessionsOf: [token.id, page.id, owner.id], by: owner)
    #expect(adoption.adopted == 3 && adoption.remaining == 0)
    #expect(try await titles(registry, owner) == ["of the token", "own", "chosen", "random"])
    #expect(try await titles(registry, page) == [])
    #expect(try await titles(registry, .address("192.0.2.7")) == ["of another"])
    #expect(
      try await registry.history(of: id("tour"), as: owner, limit: 9)?.messages.map(\.content)
        == ["chosen", "answer to chosen"])
    #expect(try await registry.history(of: id("tour"), as: page, limit: 9) == nil)
    #expect(try await registry.summary(of: random, as: page)?.owner == owner.id, "known by its whole id")
    // It is theirs in all ways, and goes on.
    try await say("again", in: id("tour"), as: owner, registry)
    #expect(try await registry.delete(random, as: owner) == 2)
    #expect(try await registry.delete(id("tour"), as: owner) == 4)
    #expect(try await registry.adopt(sessionsOf: [page.id, token.id], by: owner) == SessionAdoption())
  }

  @Test(arguments: [false, true])
  func oneOfTheSameNameIsNotLost(isStored: Bool) async throws {
    let registry = try registry(isStored: isStored)
    try await say("theirs", in: id("tour"), as: page, registry)
    try await say("own", in: id("tour"), as: owner, registry)
    #expect(try await registry.adopt(sessionsOf: [page.id], by: owner).adopted == 1)
    let list = try #require(try await registry.list(as: owner, limit: 10))
    #expect(list.sessions.map(\.title) == ["own", "theirs"] && list.total == 2)
    #expect(list.sessions[0].id == id("tour") && list.sessions[1].id != id("tour"))
    let moved = try await registry.history(of: list.sessions[1].id, as: owner, limit: 9)
    #expect(moved?.messages.map(\.content) == ["theirs", "answer to theirs"])
  }

  @Test(arguments: [false, true])
  func oneInWhichATurnRunsStays(isStored: Bool) async throws {
    let registry = try registry(isStored: isStored)
    try await say("first", in: id("busy"), as: page, registry)
    try await say("done", in: id("done"), as: page, registry)
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id("busy"), principal: page, message: "second", model: "m"))
    try await registry.acknowledge(turn)
    let adoption = try await registry.adopt(sessionsOf: [page.id], by: owner)
    #expect(adoption.adopted == 1 && adoption.remaining == 1)
    #expect(try await titles(registry, page) == ["first"])
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    try await eventually {
      try await registry.adopt(sessionsOf: [self.page.id], by: self.owner).adopted == 1
    }
    #expect(try await titles(registry, owner) == ["first", "done"])
  }

  @Test func whoListensGoesOnInASessionOfTheNewOwner() async throws {
    let registry = try registry(isStored: true)
    let loop = try EventLoop(name: "adoption")
    defer { loop.shutDown() }
    let session = try await say("hello", in: nil, as: page, registry)
    let joined = try await registry.join(session, as: page, .deaf(on: loop))
    #expect(try await registry.adopt(sessionsOf: [page.id], by: owner).adopted == 1)
    // It left memory, and comes back as what it is now.
    try await say("and now?", in: session, as: page, registry)
    #expect(try await registry.summary(of: session, as: page)?.owner == owner.id)
    withExtendedLifetime(joined) {}
  }

  @Test func manyAreTakenOverInParts() async throws {
    let registry = try registry(isStored: true)
    for number in 0..<1050 {
      let key = StoreKey(stored: "s\(number)@\(page.id.storedName)")
      let time = Timestamp(millisecondsSince1970: Int64(number))
      store.state.withLock {
        $0.rows.sessions[key] = StoredSession(
          key: key, owner: page.id.storedName, title: "\(number)", createdAt: time, updatedAt: time)
      }
    }
    let first = try await registry.adopt(sessionsOf: [page.id], by: owner)
    #expect(first.adopted == 1000 && first.remaining == 50)
    let second = try await registry.adopt(sessionsOf: [page.id], by: owner)
    #expect(second.adopted == 50 && second.remaining == 0)
  }

  @Test func aStoreThatFailsSaysSo() async throws {
    let registry = try registry(isStored: true)
    try await say("hello", in: id("s"), as: page, registry)
    store.state.withLock { $0.readsFail = true }
    await #expect(throws: SessionAccessError.store) {
      try await registry.adopt(sessionsOf: [page.id], by: owner)
    }
    store.state.withLock { $0.readsFail = false }
    #expect(try await registry.adopt(sessionsOf: [page.id], by: owner).adopted == 1)
  }
}
