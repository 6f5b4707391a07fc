import EventLoop
import System
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
    var joined: Joined? = try await registry.join(id("a"), listener)
    #expect(joined?.session.id == id("a") && joined?.generation == nil)
    #expect(registry.currentCounts.listeners == 1)
    for (name, model) in [("a", "first"), ("b", "elsewhere"), ("a", "second")] {
      let origin = name == "a" ? listener.id : nil
      let turn = try await registry.beginTurn(
        TurnRequest(sessionID: id(name), message: "q", model: model, origin: origin))
      #expect(turn.generation.origin == origin)
      await registry.finishTurn(turn, .cancelled)
    }
    joined = nil
    _ = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "third"))
    await eventually("the loop has told") { heard.withLock { $0.count } == 2 }
    await loop.run {}
    #expect(heard.withLock { $0 } == ["first", "second"])
    #expect(await registry.audiences.isEmpty)
    #expect(registry.currentCounts.listeners == 0)
  }

  /// Those who only look in push nothing out.
  @Test func aSessionWithoutAWordGoesWithItsLastListener() async throws {
    let loop = try EventLoop(name: "listener")
    defer { loop.shutDown() }
    var limits = SessionLimits()
    limits.sessions = 2
    let registry = SessionRegistry(limits: limits)
    let first = SessionListener.deaf(on: loop)
    let second = SessionListener.deaf(on: loop)
    try await registry.talk(id("real"))
    for _ in 0..<10 {
      var memberships = [try await registry.join(id("empty"), first).membership]
      memberships.append(try await registry.join(id("empty"), second).membership)
      memberships.removeFirst()
      #expect(await registry.summary(of: id("empty")) != nil)
      memberships.removeFirst()
      #expect(await registry.summary(of: id("empty")) == nil)
    }
    _ = try await registry.join(id("real"), first)
    #expect(await registry.names == ["real"])
    #expect(registry.currentCounts.evicted == 0)
  }

  /// Also one whose caller has gone meanwhile, and never looks at what it got.
  @Test func whoJoinsLeavesWithTheMembership() async throws {
    let loop = try EventLoop(name: "listener")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let listener = SessionListener.deaf(on: loop)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask { _ = try? await registry.join(id("\(number % 7)"), listener) }
      }
    }
    #expect(await registry.audiences.isEmpty)
    #expect(registry.currentCounts == SessionCounts())
  }

  /// Its first turn runs, or its history was cleared: it was used.
  @Test func aSessionThatWasUsedStays() async throws {
    let loop = try EventLoop(name: "listener")
    defer { loop.shutDown() }
    let registry = SessionRegistry()
    let listener = SessionListener.deaf(on: loop)
    var joined: Joined? = try await registry.join(id("a"), listener)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "q", model: "m"))
    joined = nil
    await registry.finishTurn(turn, .cancelled)
    _ = await registry.clearHistory(of: id("a"))
    joined = try await registry.join(id("a"), listener)
    joined = nil
    _ = joined
    #expect(await registry.summary(of: id("a"))?.messageCount == 0)
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
    first.generation.log.append("text")
    await registry.finishTurn(first, .completed)
    let second = try await registry.beginTurn(
      TurnRequest(sessionID: id("a"), message: "r", model: "m", includesContext: false))
    #expect(second.context.isEmpty)
    await registry.finishTurn(second, .cancelled)
    let third = try await registry.beginTurn(TurnRequest(sessionID: id("a"), message: "s", model: "m"))
    #expect(third.context.map(\.content) == ["q", "text"])
  }
}

/// What a join returns.
typealias Joined = (membership: SessionMembership, session: SessionSummary, generation: Generation?)

extension SessionListener {
  /// One that nobody asks what it heard.
  static func deaf(on loop: EventLoop) -> SessionListener { SessionListener(on: loop) { _ in } }
}
