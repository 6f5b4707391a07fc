import EventLoop
import Testing

@testable import Sessions

@Suite struct GraceTests {
  let manual = ManualClock()
  let registry: SessionRegistry

  init() {
    registry = SessionRegistry(clock: manual.clock)
  }

  func generation() async throws -> Generation {
    try await registry.beginTurn(TurnRequest(message: "q", model: "m")).generation
  }

  func pass(seconds: Int) async {
    manual.advance(by: .seconds(seconds))
    await registry.sweep()
  }

  /// The stop comes when the 30 seconds of the grace, which begins now, are over, and no sooner.
  func expectStopAfterGrace(of generation: Generation) async {
    await pass(seconds: 29)
    #expect(generation.stopReason == nil)
    await pass(seconds: 1)
    #expect(generation.stopReason == .abandoned)
  }

  @Test func aGenerationThatNobodyEverListensToIsStopped() async throws {
    await expectStopAfterGrace(of: try await generation())
  }

  @Test func theGraceBeginsWhenTheLastListenerLeaves() async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    let generation = try await generation()
    let listeners = [Listener(loop: loop), Listener(loop: loop)]
    for listener in listeners { await listener.subscribe(to: generation.log) }
    await pass(seconds: 1000)
    await listeners[0].cancel()
    await pass(seconds: 1000)
    #expect(generation.stopReason == nil)
    await listeners[1].cancel()
    await expectStopAfterGrace(of: generation)
  }

  @Test func aListenerThatComesBackInTimeSavesIt() async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    let generation = try await generation()
    await pass(seconds: 29)
    let listener = Listener(loop: loop)
    await listener.subscribe(to: generation.log)
    await pass(seconds: 1000)
    #expect(generation.stopReason == nil)
  }

  @Test func aListenerThatWasThereBetweenTwoSweepsCounts() async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    let generation = try await generation()
    await pass(seconds: 29)
    let visitor = Listener(loop: loop)
    await visitor.subscribe(to: generation.log)
    await visitor.cancel()
    await pass(seconds: 1)
    await expectStopAfterGrace(of: generation)
  }

  /// Whoever has asked listens a moment after the turn began: no grace is too short for that.
  @Test func whoHasAskedHasTimeToArrive() async throws {
    var limits = SessionLimits()
    limits.grace = .zero
    let registry = SessionRegistry(limits: limits, clock: manual.clock)
    let generation = try await registry.beginTurn(TurnRequest(message: "q", model: "m")).generation
    await registry.sweep()
    #expect(generation.stopReason == nil)
    manual.advance(by: .seconds(1))
    await registry.sweep()
    #expect(generation.stopReason == .abandoned)
  }

  // MARK: Others wait

  private func waiting(_ request: TurnRequest) async -> Task<Turn, any Error> {
    let before = registry.currentCounts.waitingTurns
    let task = Task { try await registry.beginTurn(request) }
    await eventually("it waits") { registry.currentCounts.waitingTurns == before + 1 }
    return task
  }

  /// Five seconds are enough then, and what was said is kept.
  @Test func anUnheardGenerationMakesWayForTheNextTurn() async throws {
    let first = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "one", model: "m"))
    first.generation.log.append("half")
    let second = await waiting(TurnRequest(sessionID: id("s"), message: "two", model: "m"))
    await pass(seconds: 4)
    #expect(first.generation.stopReason == nil)
    await pass(seconds: 1)
    #expect(first.generation.stopReason == .abandoned)
    // The next begins when it is over, and not before.
    #expect(registry.currentCounts.waitingTurns == 1)
    await registry.finishTurn(first, .cancelled)
    #expect(try await second.value.context.map(\.content) == ["one", "half"])
  }

  /// The five seconds may have passed before anybody waits.
  @Test func aGenerationThatIsLongUnheardMakesWayAtOnce() async throws {
    let first = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "one", model: "m"))
    await pass(seconds: 6)
    #expect(first.generation.stopReason == nil)
    let second = await waiting(TurnRequest(sessionID: id("s"), message: "two", model: "m"))
    await eventually("it makes way") { first.generation.stopReason == .abandoned }
    second.cancel()
  }

  @Test func aHeardGenerationMakesNoWay() async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    let first = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "one", model: "m"))
    let listener = Listener(loop: loop)
    await listener.subscribe(to: first.generation.log)
    let second = await waiting(TurnRequest(sessionID: id("s"), message: "two", model: "m"))
    await pass(seconds: 1000)
    #expect(first.generation.stopReason == nil)
    second.cancel()
  }

  /// A turn that waits for its own client to come back hurries nobody: that client may come back for what runs as well.
  @Test func aTurnThatNobodyHearsHurriesNobody() async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    let gone = SessionListener.deaf(on: loop)
    let first = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "one", model: "m"))
    let second = await waiting(TurnRequest(sessionID: id("s"), message: "two", model: "m", origin: gone.id))
    await expectStopAfterGrace(of: first.generation)
    second.cancel()
  }

  // MARK: Without a stream

  /// Waits until the registry has looked.
  private func settle() async { _ = await registry.history(of: id("s"), limit: 1) }

  @Test(arguments: [true, false])
  func aGenerationInOnePieceEndsWithItsOnlyClient(isStreamed: Bool) async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id("s"), message: "q", model: "m", isStreamed: isStreamed))
    let (client, other) = (Listener(loop: loop), Listener(loop: loop))
    await client.subscribe(to: turn.generation.log)
    await other.subscribe(to: turn.generation.log)
    await client.cancel()
    registry.listenerDidLeave(turn.generation)
    await settle()
    #expect(turn.generation.stopReason == nil, "another listens")
    await other.cancel()
    registry.listenerDidLeave(turn.generation)
    await settle()
    #expect(turn.generation.stopReason == (isStreamed ? nil : .abandoned))
  }

  /// Whoever has joined the session is told of the generation, and may be on the way.
  @Test func whoHasJoinedMayStillListen() async throws {
    let loop = try EventLoop(name: "grace")
    defer { loop.shutDown() }
    var joined: Joined? = try await registry.join(id("s"), .deaf(on: loop))
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id("s"), message: "q", model: "m", isStreamed: false))
    registry.listenerDidLeave(turn.generation)
    await settle()
    #expect(turn.generation.stopReason == nil)
    withExtendedLifetime(joined) {}
    joined = nil
    registry.listenerDidLeave(turn.generation)
    await settle()
    #expect(turn.generation.stopReason == .abandoned)
  }
}
