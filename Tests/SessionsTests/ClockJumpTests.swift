import Access
import System
import Testing

@testable import Sessions

/// A clock that is set takes no session away, and does not mix up their order.
@Suite struct ClockJumpTests {
  private let store = ScriptedStore()
  private let manual = ManualClock()
  private static let year = Duration.seconds(365 * 86_400)

  init() {
    // Some years after 1970.
    manual.set(by: Self.year * 50)
  }

  /// A registry as a process makes it at its start.
  private func start(
    timeToLive: Duration? = nil, sessionsOfPrincipal: Int? = nil
  ) async throws -> SessionRegistry {
    let storage = try SessionStorage(
      store, timeout: .seconds(10), timeToLive: timeToLive, sessionsOfPrincipal: sessionsOfPrincipal)
    _ = try await StoreRecovery.endInterrupted(in: storage)
    return SessionRegistry(limits: SessionLimits(), storage: storage, clock: manual.clock)
  }

  private var stored: [String] {
    store.state.withLock { $0.rows.sessions.keys.map(\.description).sorted() }
  }

  /// A turn, and the time until the store has it.
  private func talk(
    _ name: String, _ registry: SessionRegistry, as principal: Principal = .loopback
  ) async throws {
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id(name), principal: principal, user: "u", message: "q", model: "m"))
    try await registry.acknowledge(turn)
    turn.generation.log.append("a")
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    manual.advance(by: .milliseconds(1))
  }

  @Test(arguments: [true, false]) func listsAreInTheOrderOfUse(isStored: Bool) async throws {
    let registry =
      isStored ? try await start() : SessionRegistry(limits: SessionLimits(), clock: manual.clock)
    for name in ["b", "a", "d"] { try await talk(name, registry) }
    manual.set(by: .zero - Self.year)
    for name in ["c", "e", "a"] { try await talk(name, registry) }
    let sessions = await registry.list(limit: 10).sessions
    #expect(sessions.map(\.id.description) == ["a", "e", "c", "d", "b"])
    #expect(sessions.map(\.updatedAt) == sessions.map(\.updatedAt).sorted(by: >))
    #expect(sessions.allSatisfy { $0.createdAt <= $0.updatedAt })
    // And when it is right again.
    manual.set(by: Self.year)
    manual.advance(by: .seconds(1))
    try await talk("d", registry)
    #expect(await registry.names == ["d", "a", "e", "c", "b"])
  }

  @Test func aSessionOfAnEarlierProcessIsNotMovedDown() async throws {
    try await talk("a", try await start())
    try await talk("b", try await start())
    manual.set(by: .zero - Self.year)
    let registry = try await start()
    try await talk("b", registry)
    #expect(await registry.names == ["b", "a"])
    let summary = try #require(await registry.summary(of: id("b")))
    #expect(summary.createdAt <= summary.updatedAt)
  }

  @Test func whoHasTooManySessionsLosesTheOldest() async throws {
    let registry = try await start(sessionsOfPrincipal: 2)
    for name in ["a", "b"] { try await talk(name, registry) }
    manual.set(by: .zero - Self.year)
    for name in ["c", "d"] { try await talk(name, registry) }
    await eventually { self.stored == ["c@loopback", "d@loopback"] }
  }

  @Test func aClockThatIsSetBackDeletesNothing() async throws {
    let registry = try await start(timeToLive: .seconds(30 * 86_400))
    let address = Principal.address("192.0.2.1")
    try await talk("a", registry, as: address)
    try await talk("b", registry)
    manual.set(by: .zero - Self.year)
    try await talk("c", registry, as: address)
    await registry.dropOldSessions()
    manual.set(by: Self.year)
    await registry.dropOldSessions()
    try await talk("d", registry)
    #expect(stored == ["a@address:192.0.2.1", "b@loopback", "c@address:192.0.2.1", "d@loopback"])
  }

  /// As on a machine that has no clock of its own, once it has asked for the time.
  @Test func aClockThatIsSetForwardDeletesOnlyWhatIsNotUsedFromThenOn() async throws {
    let registry = try await start(timeToLive: .seconds(30 * 86_400))
    let address = Principal.address("192.0.2.1")
    for name in ["a", "b"] { try await talk(name, registry, as: address) }
    for name in ["c", "d"] { try await talk(name, registry) }
    manual.set(by: Self.year)
    await registry.dropOldSessions()
    try await talk("d", registry)
    manual.advance(by: .seconds(86_000))
    await registry.dropOldSessions()
    try await talk("b", registry, as: address)
    #expect(stored == ["a@address:192.0.2.1", "b@address:192.0.2.1", "c@loopback", "d@loopback"])
    manual.advance(by: .seconds(500))
    await registry.dropOldSessions()
    await eventually { self.stored == ["b@address:192.0.2.1", "c@loopback", "d@loopback"] }
    manual.advance(by: .seconds(29 * 86_400))
    try await talk("d", registry)
    manual.advance(by: .seconds(86_400))
    await registry.dropOldSessions()
    await eventually { self.stored == ["d@loopback"] }
  }

  /// The store has one key of a request, which is valid for a day.
  private func putRequest() {
    let request = IdempotentRequest(
      key: "k", owner: "loopback", generation: "g", digest: [1],
      expiresAt: manual.clock.timestamp().adding(SessionRegistry.addressTime))
    store.state.withLock { $0.rows.requests["loopback k"] = request }
  }

  @Test func aClockThatIsSetForwardForAMomentEndsNoKeyOfARequest() async throws {
    let registry = try await start()
    putRequest()
    manual.set(by: .seconds(2 * 86_400))
    await registry.dropOldSessions()
    manual.advance(by: .seconds(60))
    await registry.dropOldSessions()
    manual.set(by: .zero - .seconds(2 * 86_400))
    // What was submitted before is written then.
    try await talk("a", registry)
    #expect(store.state.withLock { $0.rows.requests.count } == 1)
    manual.advance(by: SessionRegistry.addressTime)
    await registry.dropOldSessions()
    await eventually { self.store.state.withLock { $0.rows.requests.isEmpty } }
  }

  @Test func aGenerationDoesNotEndBeforeItBegan() async throws {
    // Recovery has the machine's clock.
    manual.set(by: Self.year * 200)
    let registry = try await start()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "q", model: "m"))
    try await registry.acknowledge(turn)
    turn.generation.log.append("text")
    await registry.checkpoint()
    await eventually { self.store.state.withLock { $0.rows.texts(of: turn.generation.id) } == "text" }
    manual.set(by: .zero - Self.year * 200)
    let again = try await start()
    let messages = try #require(await again.history(of: id("s"), limit: 10)).messages
    #expect(messages.map(\.content) == ["q", "text"] && messages[1].state == .interrupted)
    #expect(messages[0].timestamp <= messages[1].timestamp)
    let row = try #require(store.state.withLock { $0.rows.generations[turn.generation.id] })
    #expect(try #require(row.end).endedAt >= row.startedAt)
    // It goes on from there.
    try await talk("s", again)
    #expect(try #require(await again.history(of: id("s"), limit: 10)).messages.count == 4)
  }

  @Test func oneThatRunsMeanwhileDoesNotEither() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "q", model: "m"))
    try await registry.acknowledge(turn)
    manual.set(by: .zero - Self.year)
    turn.generation.log.append("a")
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    let row = try #require(store.state.withLock { $0.rows.generations[turn.generation.id] })
    #expect(try #require(row.end).endedAt >= row.startedAt)
  }
}
