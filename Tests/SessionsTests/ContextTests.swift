import Sessions
import Testing

@Suite struct ContextTests {
  let id = SessionID("s")!

  /// A session with turns `q0`/`a0`, `q1`/`a1`…, all of one length.
  func registry(_ limits: SessionLimits, turns: Int, failing: Set<Int> = []) async throws -> SessionRegistry {
    let registry = SessionRegistry(limits: limits)
    for number in 0..<turns {
      let turn = try await registry.beginTurn(TurnRequest(sessionID: id, message: "q\(number)", model: "m"))
      turn.generation.log.append("a\(number)")
      let outcome: GenerationOutcome =
        failing.contains(number)
        ? .failed(code: "x", message: "y") : .completed(doneReason: "stop", usage: GenerationUsage())
      await registry.finishTurn(turn, outcome)
    }
    return registry
  }

  func context(_ registry: SessionRegistry) async throws -> [String] {
    try await registry.beginTurn(TurnRequest(sessionID: id, message: "now", model: "m")).context.map(
      \.content)
  }

  @Test(
    "The context has so many messages at most",
    arguments: [
      (6, ["q1", "a1", "q2", "a2", "q3", "a3"]), (4, ["q2", "a2", "q3", "a3"]), (3, ["q3", "a3"]),
      (2, ["q3", "a3"]),
      (1, []), (0, []), (100, ["q0", "a0", "q1", "a1", "q2", "a2", "q3", "a3"]),
    ])
  func byCount(_ count: Int, _ expected: [String]) async throws {
    var limits = SessionLimits()
    limits.contextMessages = count
    #expect(try await context(registry(limits, turns: 4)) == expected)
  }

  @Test(
    "The context has so many bytes at most",
    arguments: [(8, ["q2", "a2", "q3", "a3"]), (7, ["q3", "a3"]), (4, ["q3", "a3"]), (3, []), (0, [])])
  func byBytes(_ bytes: Int, _ expected: [String]) async throws {
    var limits = SessionLimits()
    limits.contextBytes = bytes
    #expect(try await context(registry(limits, turns: 4)) == expected)
  }

  @Test func withoutTheFailed() async throws {
    var limits = SessionLimits()
    limits.contextMessages = 4
    #expect(try await context(registry(limits, turns: 5, failing: [1, 3, 4])) == ["q0", "a0", "q2", "a2"])
  }

  @Test func theDefaultsAreFortyMessages() async throws {
    let context = try await context(registry(SessionLimits(), turns: 30))
    #expect(context.count == 40)
    #expect(context.first == "q10" && context.last == "a29")
  }

  @Test func oldMessagesDropByNumber() async throws {
    var limits = SessionLimits()
    limits.sessionMessages = 5
    let registry = try await registry(limits, turns: 4)
    let history = try #require(await registry.history(of: id, limit: 10))
    #expect(history.messages.map(\.content) == ["a1", "q2", "a2", "q3", "a3"])
    #expect(history.messages.map(\.number) == [4, 5, 6, 7, 8])
    #expect(try await context(registry) == ["q2", "a2", "q3", "a3"])
  }

  @Test func oldMessagesDropByBytes() async throws {
    var limits = SessionLimits()
    limits.sessionBytes = 2000
    let registry = SessionRegistry(limits: limits)
    for number in 0..<10 {
      let message = String(repeating: "\(number)", count: 400)
      let turn = try await registry.beginTurn(TurnRequest(sessionID: id, message: message, model: "m"))
      turn.generation.log.append("a")
      await registry.finishTurn(turn, .cancelled)
      #expect(registry.currentCounts.bytes <= 2000)
    }
    let history = try #require(await registry.history(of: id, limit: 100))
    #expect(history.messages.last?.content == "a")
    #expect(history.messages.count == 7)
    // A turn that is larger than the bound stays whole, for as long as it is the last.
    let large = String(repeating: "x", count: 5000)
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id, message: large, model: "m"))
    #expect(await registry.history(of: id, limit: 100)?.messages.map(\.content) == [large])
    turn.generation.log.append("a")
    await registry.finishTurn(turn, .cancelled)
    #expect(await registry.history(of: id, limit: 100)?.messages.map(\.content) == [large, "a"])
    _ = try await registry.beginTurn(TurnRequest(sessionID: id, message: "next", model: "m"))
    #expect(await registry.history(of: id, limit: 100)?.messages.map(\.content) == ["a", "next"])
  }
}
