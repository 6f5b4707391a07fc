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
}
