import Access
import System
import Testing

@testable import Sessions

/// Orders of the store by which sessions change hands: who has the store carries them out, when no turn runs.
@Suite struct AdoptionOrderTests {
  private let store = ScriptedStore()
  private let clock = ManualClock()
  private let user = Principal(.user(UserID(7)!), scopes: [.chat])
  private let holder = Principal(.key(KeyID("0123456789Az")!), scopes: [.chat])
  private let page = Principal.cookie(high: 1, low: 2)

  private func registry() throws -> SessionRegistry {
    SessionRegistry(
      limits: SessionLimits(), storage: try SessionStorage(store, timeout: .seconds(10)), clock: clock.clock)
  }

  @discardableResult
  private func say(
    _ text: String, in session: SessionID?, as principal: Principal, _ registry: SessionRegistry
  ) async throws -> SessionID {
    let turn = try await begin(text, in: session, as: principal, registry)
    await end(turn, registry)
    return turn.sessionID
  }

  private func begin(
    _ text: String, in session: SessionID?, as principal: Principal, _ registry: SessionRegistry
  ) async throws -> Turn {
    clock.advance(by: .milliseconds(100))
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: session, principal: principal, message: text, model: "m"))
    try await registry.acknowledge(turn)
    turn.generation.log.append("answer to \(text)")
    return turn
  }

  private func end(_ turn: Turn, _ registry: SessionRegistry) async {
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
  }

  /// As a subcommand does beside this process.
  private func order(_ other: Principal, _ owner: Principal) {
    store.state.withLock { state in
      try? state.rows.apply(
        .putAdoption(
          AdoptionOrder(other: other.id.storedName, owner: owner.id.storedName), at: clock.clock.timestamp()))
      state.wasChanged = true
    }
  }

  private var orders: Int { store.state.withLock { $0.rows.adoptions.count } }

  private func titles(_ registry: SessionRegistry, _ principal: Principal) async throws -> [String] {
    try await registry.list(as: principal, limit: 500)?.sessions.map(\.title) ?? []
  }

  @Test(
    "A session in which a turn runs follows when that is over, with the answer", arguments: [nil, "tour"])
  func theBusyOneFollows(_ name: String?) async throws {
    let registry = try registry()
    let busy = try await say("first", in: name.flatMap { SessionID($0) }, as: holder, registry)
    try await say("other", in: nil, as: holder, registry)
    let turn = try await begin("second", in: busy, as: holder, registry)
    order(holder, user)
    await registry.lookForForeignChanges()
    #expect(try await titles(registry, user) == ["other"])
    #expect(try await titles(registry, holder) == ["first"])
    await registry.lookForForeignChanges()
    #expect(orders == 1)
    await end(turn, registry)
    #expect(turn.generation.log.ending?.outcome == .completed)
    clock.advance(by: .seconds(6))
    await eventually {
      await registry.lookForForeignChanges()
      return self.orders == 0
    }
    let list = try await titles(registry, user)
    #expect(list == ["first", "other"])
    let page = try await registry.history(of: busy, as: user, limit: 9)
    #expect(page?.messages.map(\.content) == ["first", "answer to first", "second", "answer to second"])
    #expect(page?.total == 4)
    #expect(try await titles(registry, holder) == [])
  }

  @Test("The next process carries out what this one did not come to")
  func theNextProcess() async throws {
    let former = try registry()
    let session = try await say("first", in: nil, as: holder, former)
    order(holder, user)
    await former.storage?.close(within: .seconds(10))
    let registry = try registry()
    await registry.carryOutAdoptions()
    #expect(try await titles(registry, user) == ["first"])
    #expect(try await registry.summary(of: session, as: holder) == nil)
  }

  /// What is under way by a key may be a moment behind its change; who stays who he is keeps what he makes from then on.
  @Test func whatIsMadeAfterwards() async throws {
    let registry = try registry()
    try await say("before", in: nil, as: page, registry)
    try await say("key's", in: nil, as: holder, registry)
    let turn = try await begin("busy", in: nil, as: page, registry)
    order(page, user)
    order(holder, user)
    await registry.lookForForeignChanges()
    clock.advance(by: .seconds(1))
    try await say("page's own", in: nil, as: page, registry)
    try await say("a moment behind", in: nil, as: holder, registry)
    await end(turn, registry)
    clock.advance(by: .seconds(5))
    try await say("much later", in: nil, as: holder, registry)
    await eventually {
      await registry.lookForForeignChanges()
      return self.orders == 0
    }
    #expect(try await Set(titles(registry, user)) == ["before", "busy", "key's", "a moment behind"])
    #expect(try await titles(registry, page) == ["page's own"])
    #expect(try await titles(registry, holder) == ["much later"])
  }

  /// What the first order took is not the second one's, however long it stays behind; a third one that says the first again takes what
  /// came since, and who hands over what he is given takes nothing along that comes to him later. So it is for the next process.
  @Test(arguments: [false, true]) func ordersThatCross(isRestarted: Bool) async throws {
    let third = Principal(.user(UserID(9)!), scopes: [.chat])
    var registry = try registry()
    let early = try await begin("early", in: nil, as: page, registry)
    order(page, user)
    await registry.lookForForeignChanges()
    clock.advance(by: .seconds(1))
    let late = try await begin("late", in: nil, as: page, registry)
    order(page, holder)
    await registry.lookForForeignChanges()
    clock.advance(by: .seconds(1))
    let last = try await begin("last", in: nil, as: page, registry)
    order(page, user)
    // Before anything has come to him.
    order(holder, third)
    await registry.lookForForeignChanges()
    #expect(orders == 4)
    // Who shows to be the page gets nothing of it.
    #expect(try await registry.adopt(sessionsOf: [page.id], by: third) == SessionAdoption())
    for turn in [last, late, early] {
      await end(turn, registry)
      if !isRestarted { await registry.lookForForeignChanges() }
    }
    if isRestarted {
      await registry.storage?.close(within: .seconds(10))
      registry = try self.registry()
      await registry.carryOutAdoptions()
    }
    clock.advance(by: .seconds(6))
    await eventually {
      await registry.lookForForeignChanges()
      return self.orders == 0
    }
    #expect(try await Set(titles(registry, user)) == ["early", "last"])
    #expect(try await titles(registry, third) == ["late"], "what was to come to the key")
    #expect(try await titles(registry, holder) == [])
    #expect(try await titles(registry, page) == [])
  }

  /// A user who is deleted takes nothing along that was given away before, though it has not come to its owner yet.
  @Test(arguments: [true, false]) func whoIsDeletedTakesNothingAlong(hasHeir: Bool) async throws {
    let registry = try registry()
    let heir = Principal(.user(UserID(9)!), scopes: [.chat])
    let busy = try await begin("given", in: nil, as: user, registry)
    order(user, holder)
    await registry.lookForForeignChanges()
    clock.advance(by: .seconds(6))
    try await say("his", in: nil, as: user, registry)
    #expect(try await registry.end(sessionsOf: user.id, givingTo: hasHeir ? heir.id : nil, of: user.id) == 1)
    #expect(try await titles(registry, user) == ["given"])
    await end(busy, registry)
    await eventually {
      await registry.lookForForeignChanges()
      return self.orders == 0
    }
    #expect(try await titles(registry, holder) == ["given"])
    #expect(try await titles(registry, heir) == (hasHeir ? ["his"] : []))
  }

  /// Who has given away what is his keeps what is given to him afterwards.
  @Test func whatComesLaterIsKept() async throws {
    let registry = try registry()
    let busy = try await begin("his", in: nil, as: holder, registry)
    try await say("the page's", in: nil, as: page, registry)
    order(holder, user)
    clock.advance(by: .seconds(1))
    order(page, holder)
    await registry.lookForForeignChanges()
    #expect(orders == 2)
    #expect(try await titles(registry, page) == ["the page's"], "it waits for what goes first")
    await end(busy, registry)
    clock.advance(by: .seconds(6))
    await eventually {
      await registry.lookForForeignChanges()
      return self.orders == 0
    }
    #expect(try await titles(registry, user) == ["his"])
    #expect(try await titles(registry, holder) == ["the page's"])
  }

  /// A process that finds an order of before leaves alone what was made since.
  @Test func whatIsMadeBeforeTheNextProcessFindsIt() async throws {
    let former = try registry()
    try await say("before", in: nil, as: page, former)
    clock.advance(by: .seconds(1))
    order(page, user)
    clock.advance(by: .seconds(1))
    try await say("page's own", in: nil, as: page, former)
    await former.storage?.close(within: .seconds(10))
    let registry = try registry()
    await registry.carryOutAdoptions()
    #expect(try await titles(registry, user) == ["before"])
    #expect(try await titles(registry, page) == ["page's own"])
    await eventually { self.orders == 0 }
  }

  @Test func aStoreThatFailsLetsThemStand() async throws {
    let registry = try registry()
    try await say("first", in: nil, as: page, registry)
    order(page, user)
    store.state.withLock { $0.readsFail = true }
    await registry.lookForForeignChanges()
    #expect(orders == 1)
    store.state.withLock { $0.readsFail = false }
    // Without another change.
    await eventually {
      await registry.lookForForeignChanges()
      return self.orders == 0
    }
    #expect(try await titles(registry, user) == ["first"])
  }

  @Test func moreThanOneCallTakes() async throws {
    let registry = try registry()
    clock.advance(by: .seconds(60))
    for number in 0..<1050 {
      let key = StoreKey(stored: "s\(number)@\(page.id.storedName)")
      let time = Timestamp(millisecondsSince1970: Int64(number))
      store.state.withLock {
        $0.rows.sessions[key] = StoredSession(
          key: key, owner: page.id.storedName, title: "\(number)", createdAt: time, updatedAt: time)
      }
    }
    order(page, user)
    await registry.lookForForeignChanges()
    await eventually { self.orders == 0 }
    #expect(try await registry.list(as: user, limit: 1)?.total == 1050)
  }

  @Test func ownersThatThisProgramDoesNotKnowAreLeftAlone() async throws {
    let registry = try registry()
    store.state.withLock { state in
      try? state.rows.apply(.putAdoption(AdoptionOrder(other: "loopback", owner: "of:another/kind")))
      state.wasChanged = true
    }
    await registry.lookForForeignChanges()
    #expect(orders == 1)
  }

  @Test func aSpan() {
    let (now, monotonic) = (Timestamp(millisecondsSince1970: 1_000_000), MonotonicTime(nanoseconds: 0))
    let keys = AdoptionSpan(of: holder.id, orderedAt: now, at: now, monotonic)
    #expect(keys.covers(now.adding(.seconds(5))) && !keys.covers(now.adding(.milliseconds(5001))))
    #expect(!keys.isOver(at: monotonic + .milliseconds(4999)) && keys.isOver(at: monotonic + .seconds(5)))
    let pages = AdoptionSpan(of: page.id, orderedAt: now.adding(.seconds(3600)), at: now, monotonic)
    #expect(pages.covers(now) && !pages.covers(now.adding(.milliseconds(1))))
    #expect(pages.isOver(at: monotonic))
    let found = AdoptionSpan(of: page.id, orderedAt: now, at: now.adding(.seconds(3600)), monotonic)
    #expect(found.covers(now) && !found.covers(now.adding(.milliseconds(1))), "by when it was given")
    let last = AdoptionSpan(
      of: user.id, orderedAt: Timestamp(millisecondsSince1970: .max),
      at: Timestamp(millisecondsSince1970: .max), MonotonicTime(nanoseconds: .max))
    #expect(last.covers(now) && last.isOver(at: MonotonicTime(nanoseconds: .max)))
  }
}
