import EventLoop
import Testing

@testable import Sessions

@Suite struct SessionListenerTests {
  @Test func listenersHearOfEachGenerationOfTheirSessionUntilTheyLeave() async throws {
    let loop = try EventLoop(name: "listener")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let heard = Lock<[String]>([])
    let listener = SessionListener(on: loop) { generation in
      precondition(loop.isCurrent)
      heard.withLock { $0.append(generation.model) }
    }
    let (session, generation) = try await registry.join(id("a"), listener)
    #expect(session.id == id("a") && generation == nil)
    for (name, model) in [("a", "first"), ("b", "elsewhere"), ("a", "second")] {
      let turn = try await registry.beginTurn(
        TurnRequest(sessionID: id(name), message: "q", model: model, origin: listener.id))
      #expect(turn.generation.origin == listener.id)
      await registry.finishTurn(turn, .cancelled)
    }
    await registry.leave(id("a"), listener)
    _ = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "third"))
    await eventually("the loop has told") { heard.withLock { $0.count } == 2 }
    await loop.run {}
    #expect(heard.withLock { $0 } == ["first", "second"])
    #expect(await registry.listeners.isEmpty)
  }

  @Test func whoJoinsLateIsToldOfTheGenerationInFlight() async throws {
    let loop = try EventLoop(name: "listener")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "m"))
    let joined = try await registry.join(id("a"), .deaf(on: loop))
    #expect(joined.generation === turn.generation)
  }

  @Test func aTurnWithoutContextTakesNoneAlong() async throws {
    let registry = SessionRegistry()
    let first = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "m"))
    first.generation.log.append("answer")
    await registry.finishTurn(first, .completed)
    let second = try await registry.beginTurn(
      TurnRequest(sessionID: id("a"), message: "r", model: "m", includesContext: false))
    #expect(second.context.isEmpty)
    await registry.finishTurn(second, .cancelled)
    let third = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "s", model: "m"))
    #expect(third.context.map(\.content) == ["q", "answer"])
  }
}

extension SessionListener {
  /// One that nobody asks what it heard.
  static func deaf(on loop: EventLoop) -> SessionListener { SessionListener(on: loop) { _ in } }
}
