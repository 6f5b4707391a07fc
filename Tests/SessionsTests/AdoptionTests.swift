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
  private let holder = Principal(.key(KeyID("0123456789Az")!), scopes: [.chat])
  private let user = Principal(.user(UserID(7)!), scopes: [.chat])

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

  /// What a key has said in its former session while it became a user's: of an id that was made here there is one for each owner.
  @Test(arguments: [false, true])
  func oneOfTheSameIDIsReached(isStored: Bool) async throws {
    let registry = try registry(isStored: isStored)
    let session = try await say("first", in: nil, as: holder, registry)
    #expect(try await registry.adopt(sessionsOf: [holder.id], by: user).adopted == 1)
    try await say("a moment behind", in: session, as: holder, registry)
    #expect(try await registry.adopt(sessionsOf: [holder.id], by: user).adopted == 1)
    let list = try #require(try await registry.list(as: user, limit: 9)).sessions
    #expect(
      list.map(\.title) == ["a moment behind", "first"] && list[1].id == session && list[0].id != session)
    for found in list {
      let history = try await registry.history(of: found.id, as: user, limit: 9)
      #expect(history?.messages.first?.content == found.title)
    }
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

  // MARK: Who listens

  @Test("Whoever may take part no more hears nothing more and is told so", arguments: [false, true])
  func othersHearNothingMore(isStored: Bool) async throws {
    let registry = try registry(isStored: isStored)
    let loop = try EventLoop(name: "adoption")
    defer { loop.shutDown() }
    let session = try await say("hello", in: nil, as: page, registry)
    let heard = Lock<[String]>([])
    func listener(_ name: String) -> SessionListener {
      SessionListener(on: loop) { _ in
        heard.withLock { $0.append("\(name) hears") }
      } membershipDidEnd: {
        heard.withLock { $0.append("\(name) is out") }
      }
    }
    var joined: [Joined] = []
    let listeners = ["page", "token", "user"].map(listener)
    for (principal, listener) in zip([page, token, user], listeners) {
      joined.append(try await registry.join(session, as: principal, listener))
    }
    #expect(try await registry.adopt(sessionsOf: [page.id], by: user).adopted == 1)
    await loop.run {}
    #expect(heard.withLock { $0 } == ["page is out", "token is out"])
    #expect(registry.currentCounts.listeners == 1)
    // What was on the way by one who is out begins no session, in which it would wait for him.
    await #expect(throws: TurnError.sessionDeleted) {
      try await registry.beginTurn(
        TurnRequest(
          sessionID: session, principal: self.page, message: "late", model: "m", origin: listeners[0].id))
    }
    #expect(registry.currentCounts.sessions == 1)
    try await say("secret", in: session, as: user, registry)
    await eventually("the user is told") { heard.withLock { $0.count } == 3 }
    await loop.run {}
    #expect(heard.withLock { $0.last } == "user hears")
    #expect(try await registry.summary(of: session, as: token) == nil)
    joined = []
    #expect(await registry.audiences.isEmpty)
    #expect(await registry.endedMembers.isEmpty)
    #expect(registry.currentCounts.listeners == 0)
  }

  @Test(arguments: [false, true])
  func soItIsWhereAnIDWasChosen(isStored: Bool) async throws {
    let registry = try registry(isStored: isStored)
    let loop = try EventLoop(name: "adoption")
    defer { loop.shutDown() }
    try await say("hello", in: id("tour"), as: page, registry)
    let ends = Lock(0)
    let joined = try await registry.join(
      id("tour"), as: page,
      SessionListener(on: loop) { _ in
      } membershipDidEnd: {
        ends.withLock { $0 += 1 }
      })
    #expect(try await registry.adopt(sessionsOf: [page.id], by: owner).adopted == 1)
    await loop.run {}
    #expect(ends.withLock { $0 } == 1)
    #expect(await registry.audiences.isEmpty)
    withExtendedLifetime(joined) {}
  }

  // MARK: What others do to the store

  /// The registry has the session as it was: what it writes of it leaves it to whom it was given.
  @Test func whomAnotherProcessHasGivenItToHasIt() async throws {
    let registry = try registry(isStored: true)
    let session = try await say("first", in: nil, as: holder, registry)
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: session, principal: holder, message: "second", model: "m"))
    try await registry.acknowledge(turn)
    let key = StoreKey(session, of: nil)
    store.state.withLock { $0.rows.sessions[key]?.owner = user.id.storedName }
    turn.generation.log.append("answer")
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    #expect(turn.generation.log.ending?.outcome == .completed)
    #expect(store.state.withLock { $0.rows.sessions[key]?.owner } == user.id.storedName)
    try await eventually { try await registry.history(of: session, as: user, limit: 9)?.total == 4 }
    #expect(
      try await registry.summary(of: session, as: holder) == nil)
    try await say("third", in: session, as: user, registry)
    #expect(store.state.withLock { $0.rows.messages[key]?.count } == 6)
  }

  /// What was read before another process changed it is read anew, also where a turn ran at that time.
  @Test func whatWasBusyIsReadAnewOnceItRests() async throws {
    let registry = try registry(isStored: true)
    let session = try await say("first", in: nil, as: page, registry)
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: session, principal: page, message: "second", model: "m"))
    try await registry.acknowledge(turn)
    let key = StoreKey(session, of: nil)
    store.state.withLock { $0.wasChanged = true }
    await registry.lookForForeignChanges()
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    store.state.withLock { $0.rows.sessions[key]?.owner = user.id.storedName }
    try await eventually { try await registry.summary(of: session, as: self.page) == nil }
  }

  @Test("An answer whose session was deleted by another process ends")
  func anAnswerWithoutASession() async throws {
    let registry = try registry(isStored: true)
    try await say("first", in: id("tour"), as: page, registry)
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id("tour"), principal: page, message: "second", model: "m"))
    try await registry.acknowledge(turn)
    let key = StoreKey(id("tour"), of: page.id.storedName)
    store.state.withLock { state in
      (state.rows.sessions[key], state.rows.messages[key]) = (nil, nil)
    }
    turn.generation.log.append("answer")
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    #expect(turn.generation.log.ending?.outcome == .cancelled)
    #expect(try await registry.summary(of: id("tour"), as: page) == nil)
    try await say("anew", in: id("tour"), as: page, registry)
    #expect(store.state.withLock { $0.rows.sessions[key]?.messageCount } == 2)
    #expect(registry.currentCounts.runningTurns == 0)
  }

  // MARK: Many

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
