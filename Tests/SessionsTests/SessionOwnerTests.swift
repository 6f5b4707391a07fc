import Access
import EventLoop
import System
import Testing

@testable import Sessions

/// Who may do what in whose session. `ann` owns it; `bob` is somebody else, who knows its id.
@Suite struct SessionOwnerTests {
  private let ann = Principal.cookie(high: 1, low: 2)
  private let bob = Principal.address("192.0.2.7")

  private func request(
    _ session: SessionID?, _ principal: Principal, _ message: String = "q", replaces: Bool = false
  ) -> TurnRequest {
    TurnRequest(
      sessionID: session, principal: principal, message: message, model: "m", replacesLastTurn: replaces)
  }

  /// A session with an id that was made here, and one turn of its owner.
  private func sharedSession(_ registry: SessionRegistry) async throws -> SessionID {
    let turn = try await registry.beginTurn(request(nil, ann, "hello"))
    turn.generation.log.append("text")
    await registry.finishTurn(turn, .completed)
    return turn.sessionID
  }

  // MARK: Ids that were made here

  @Test func whoKnowsARandomIdTakesPart() async throws {
    let loop = try EventLoop(name: "owner")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let session = try await sharedSession(registry)
    #expect(try await registry.join(session, as: bob, .deaf(on: loop)).session.owner == ann.id)
    #expect(try await registry.summary(of: session, as: bob)?.messageCount == 2)
    #expect(try await registry.history(of: session, as: bob, limit: 10)?.messages.count == 2)
    let turn = try await registry.beginTurn(request(session, bob))
    #expect(turn.context.map(\.content) == ["hello", "text"])
    #expect(try await registry.generation(of: session, as: bob) === turn.generation)
    #expect(try await registry.generation(of: session, as: ann) === turn.generation)
    #expect(registry.currentCounts.sessions == 1)
    await registry.finishTurn(turn, .completed)
    #expect(try await registry.summary(of: session, as: ann)?.messageCount == 4)
    #expect(try await registry.summary(of: session, as: ann)?.owner == ann.id, "whoever speaks")
  }

  @Test func itStaysInItsOwnersList() async throws {
    let registry = SessionRegistry()
    let session = try await sharedSession(registry)
    await registry.finishTurn(try await registry.beginTurn(request(session, bob)), .completed)
    #expect(try await registry.list(as: bob, limit: 10)?.total == 0)
    #expect(try await registry.list(as: ann, limit: 10)?.sessions.map(\.id) == [session])
  }

  @Test func clearingAndDeletingAreTheOwners() async throws {
    let registry = SessionRegistry()
    let session = try await sharedSession(registry)
    for caller in [bob, .loopback, .everybody, .token(high: 1, low: 2), .cookie(high: 1, low: 3)] {
      await #expect(throws: SessionAccessError.notOwner) {
        try await registry.clearHistory(of: session, as: caller)
      }
      await #expect(throws: SessionAccessError.notOwner) { try await registry.delete(session, as: caller) }
    }
    #expect(try await registry.summary(of: session, as: ann)?.messageCount == 2)
    #expect(try await registry.clearHistory(of: session, as: ann) == 2)
    #expect(try await registry.delete(session, as: ann) == 0)
    await #expect(throws: SessionAccessError.unknown) { try await registry.delete(session, as: ann) }
  }

  @Test func oneStopsHisOwnTurnsAndTheOwnerStopsAll() async throws {
    let registry = SessionRegistry()
    let session = try await sharedSession(registry)
    #expect(try await registry.stopGeneration(of: session, as: bob) == false, "there is none")

    let anns = try await registry.beginTurn(request(session, ann))
    await #expect(throws: SessionAccessError.notOwner) {
      try await registry.stopGeneration(of: session, as: bob)
    }
    #expect(anns.generation.stopReason == nil)
    #expect(try await registry.stopGeneration(of: session, as: ann))
    #expect(anns.generation.stopReason == .requested)
    await registry.finishTurn(anns, .cancelled)
    #expect(try await registry.stopGeneration(of: session, as: bob) == false, "it has ended")

    let bobs = try await registry.beginTurn(request(session, bob))
    #expect(try await registry.stopGeneration(of: session, as: bob))
    #expect(bobs.generation.stopReason == .requested)
    await registry.finishTurn(bobs, .cancelled)

    let bobsNext = try await registry.beginTurn(request(session, bob))
    #expect(try await registry.stopGeneration(of: session, as: ann))
    await registry.finishTurn(bobsNext, .cancelled)
    await #expect(throws: SessionAccessError.unknown) {
      try await registry.stopGeneration(of: id("none"), as: ann)
    }
  }

  @Test func oneReplacesHisOwnTurnsAndTheOwnerReplacesAll() async throws {
    let registry = SessionRegistry()
    let session = try await sharedSession(registry)
    await #expect(throws: TurnError.notOwner) {
      try await registry.beginTurn(request(session, bob, replaces: true))
    }
    #expect(try await registry.summary(of: session, as: ann)?.messageCount == 2, "nothing was dropped")
    await registry.finishTurn(try await registry.beginTurn(request(session, bob, "mine")), .cancelled)
    let again = try await registry.beginTurn(request(session, bob, "mine, please", replaces: true))
    await registry.finishTurn(again, .cancelled)
    let messages = try await registry.history(of: session, as: bob, limit: 10)?.messages.map(\.content)
    #expect(messages == ["hello", "text", "mine, please"])
    let owners = try await registry.beginTurn(request(session, ann, "no, mine", replaces: true))
    await registry.finishTurn(owners, .cancelled)
    await #expect(throws: TurnError.notOwner) {
      try await registry.beginTurn(request(session, bob, replaces: true))
    }
  }

  /// Which turn is the last is known only when its turn comes.
  @Test func aTurnThatWaitsIsJudgedWhenItBegins() async throws {
    let registry = SessionRegistry()
    let session = try await sharedSession(registry)
    let bobs = try await registry.beginTurn(request(session, bob, "first"))
    let anns = Task { try await registry.beginTurn(request(session, ann, "second")) }
    await eventually("it waits") { registry.currentCounts.waitingTurns == 1 }
    let replacing = Task { try await registry.beginTurn(request(session, bob, "third", replaces: true)) }
    await eventually("it waits") { registry.currentCounts.waitingTurns == 2 }
    let last = Task { try await registry.beginTurn(request(session, bob, "fourth")) }
    await eventually("it waits") { registry.currentCounts.waitingTurns == 3 }
    await registry.finishTurn(bobs, .cancelled)
    await registry.finishTurn(try await anns.value, .cancelled)
    await #expect(throws: TurnError.notOwner) { try await replacing.value }
    await registry.finishTurn(try await last.value, .cancelled)
    let messages = try await registry.history(of: session, as: bob, limit: 10)?.messages.map(\.content)
    #expect(messages == ["hello", "text", "first", "second", "fourth"])
    #expect(registry.currentCounts.waitingTurns == 0)
  }

  /// An id of ours stays one while somebody is joined to it, whatever becomes of the session.
  @Test func aSharedSessionComesBackAsWhatItWas() async throws {
    let loop = try EventLoop(name: "owner")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let session = try await sharedSession(registry)
    let heard = Lock<[String]>([])
    let listener = SessionListener(on: loop) { generation in heard.withLock { $0.append(generation.model) } }
    var joined: Joined? = try await registry.join(session, as: bob, listener)
    #expect(joined?.session.owner == ann.id)
    #expect(try await registry.delete(session, as: ann) == 2)
    await registry.finishTurn(try await registry.beginTurn(request(session, bob)), .cancelled)
    #expect(try await registry.summary(of: session, as: ann)?.owner == ann.id)
    await registry.finishTurn(try await registry.beginTurn(request(session, ann)), .cancelled)
    await eventually("both are told") { heard.withLock { $0.count } == 2 }
    joined = nil
    #expect(await registry.audiences.isEmpty)
    // Then it is a name as any other.
    #expect(try await registry.delete(session, as: ann) == 2)
    await registry.finishTurn(try await registry.beginTurn(request(session, bob)), .cancelled)
    #expect(try await registry.summary(of: session, as: ann) == nil)
    #expect(try await registry.summary(of: session, as: bob)?.owner == bob.id)
  }

  // MARK: Ids that clients chose

  @Test func eachOwnerHasHisOwnOfAName() async throws {
    let registry = SessionRegistry()
    let tour = id("tour")
    try await registry.talk(tour, "ann's", as: ann)
    try await registry.talk(tour, "bob's", as: bob)
    for (caller, message) in [(ann, "ann's"), (bob, "bob's")] {
      #expect(try await registry.history(of: tour, as: caller, limit: 10)?.messages.first?.content == message)
      #expect(try await registry.list(as: caller, limit: 10)?.total == 1)
    }
    #expect(registry.currentCounts.sessions == 2)
    #expect(try await registry.delete(tour, as: bob) == 2)
    #expect(try await registry.summary(of: tour, as: ann)?.messageCount == 2)
  }

  @Test func anothersNameIsUnknown() async throws {
    let loop = try EventLoop(name: "owner")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let tour = id("tour")
    let turn = try await registry.beginTurn(request(tour, ann))
    #expect(try await registry.summary(of: tour, as: bob) == nil)
    #expect(try await registry.history(of: tour, as: bob, limit: 10) == nil)
    #expect(try await registry.generation(of: tour, as: bob) == nil)
    await #expect(throws: SessionAccessError.unknown) { try await registry.clearHistory(of: tour, as: bob) }
    await #expect(throws: SessionAccessError.unknown) { try await registry.delete(tour, as: bob) }
    await #expect(throws: SessionAccessError.unknown) {
      try await registry.stopGeneration(of: tour, as: bob)
    }
    #expect(turn.generation.stopReason == nil)
    let joined = try await registry.join(tour, as: bob, .deaf(on: loop))
    #expect(joined.session.owner == bob.id && joined.generation == nil)
    await registry.finishTurn(turn, .completed)
  }

  @Test func listenersHearOfTheirOwnersSessionOnly() async throws {
    let loop = try EventLoop(name: "owner")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let heard = Lock<[String]>([])
    func listener(_ name: String) -> SessionListener {
      SessionListener(on: loop) { _ in heard.withLock { $0.append(name) } }
    }
    let (anns, bobs) = (listener("ann"), listener("bob"))
    var joined = [try await registry.join(id("tour"), as: ann, anns).membership]
    joined.append(try await registry.join(id("tour"), as: bob, bobs).membership)
    try await registry.talk(id("tour"), as: ann)
    await eventually("one is told") { !heard.withLock { $0.isEmpty } }
    await loop.run {}
    #expect(heard.withLock { $0 } == ["ann"])
    joined.removeFirst()
    #expect(await registry.audiences.count == 1, "another's is not left")
    joined.removeFirst()
    #expect(await registry.audiences.isEmpty)
    #expect(try await registry.summary(of: id("tour"), as: bob) == nil, "nothing was said there")
  }

  @Test func allAreOneOwnerWhereSessionsAreShared() async throws {
    let registry = SessionRegistry()
    try await registry.talk(id("tour"), as: .everybody)
    #expect(try await registry.list(as: .everybody, limit: 10)?.total == 1)
    #expect(try await registry.clearHistory(of: id("tour"), as: .everybody) == 2)
  }

  /// An owner takes no room once he has nothing.
  @Test func ownersGoWithTheirSessions() async throws {
    var limits = SessionLimits()
    limits.sessions = 10
    let registry = SessionRegistry(limits: limits)
    for number in 0..<100 { try await registry.talk(id("s"), as: .address("192.0.2.\(number)")) }
    #expect(await registry.counts(byOwner: 1) == 10)
  }
}

extension SessionRegistry {
  /// How many owners have so many sessions; all of them, or -1.
  fileprivate func counts(byOwner count: Int) -> Int {
    owners.values.allSatisfy { $0.count == count } ? owners.count : -1
  }
}
