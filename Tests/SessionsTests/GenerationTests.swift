import EventLoop
import Sessions
import System
import Testing

@Suite struct GenerationTests {
  /// Generations come from the registry only.
  func generation() async throws -> Generation {
    try await SessionRegistry().beginTurn(TurnRequest(message: "Hi", model: "m:latest")).generation
  }

  @Test func aStopRunsTheHookOnceOnItsLoop() async throws {
    let loop = try EventLoop(name: "stop")
    defer { loop.shutDown() }
    let generation = try await generation()
    let reasons = Lock<[StopReason]>([])
    generation.onStop(on: loop) { reason in
      precondition(loop.isCurrent)
      reasons.withLock { $0.append(reason) }
    }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<20 { group.addTask { generation.requestStop(.requested) } }
    }
    generation.requestStop(.draining)
    await loop.run {}
    #expect(reasons.withLock { $0 } == [.requested])
    #expect(generation.stopReason == .requested)
  }

  @Test func aStopThatCameBeforeTheHookIsNotLost() async throws {
    let loop = try EventLoop(name: "stop")
    defer { loop.shutDown() }
    let generation = try await generation()
    generation.requestStop(.abandoned)
    let reasons = Lock<[StopReason]>([])
    generation.onStop(on: loop) { reason in reasons.withLock { $0.append(reason) } }
    await loop.run {}
    #expect(reasons.withLock { $0 } == [.abandoned])
  }

  @Test func afterTheEndThereIsNothingToStop() async throws {
    let loop = try EventLoop(name: "stop")
    defer { loop.shutDown() }
    let generation = try await generation()
    generation.onStop(on: loop) { _ in Issue.record("stopped after its end") }
    #expect(generation.log.end(.cancelled))
    generation.requestStop(.requested)
    await loop.run {}
    #expect(generation.stopReason == nil)
  }

  @Test func idsDifferAndHaveNoMeaning() async throws {
    let registry = SessionRegistry()
    var ids: Set<String> = []
    for _ in 0..<100 {
      let turn = try await registry.beginTurn(TurnRequest(message: "Hi", model: "m"))
      #expect(turn.generation.id.wholeMatch(of: /[0-9a-f]{16}/) != nil)
      ids.insert(turn.generation.id)
    }
    #expect(ids.count == 100)
  }
}
