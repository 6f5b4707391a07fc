import Sessions
import Testing

/// A turn in the place of the last one.
@Suite struct RegenerateTests {
  private func contents(_ registry: SessionRegistry) async -> [String] {
    await registry.history(of: id("s"), limit: 100)?.messages.map(\.content) ?? []
  }

  private func regenerate(_ registry: SessionRegistry, _ message: String) async throws -> Turn {
    try await registry.beginTurn(
      TurnRequest(
        sessionID: id("s"), user: "u", message: message, model: "m", replacesLastTurn: true))
  }

  @Test func takesThePlaceOfBothMessages() async throws {
    let registry = SessionRegistry()
    try await registry.talk(id("s"), "one", text: "1")
    try await registry.talk(id("s"), "two", text: "2")
    let bytes = registry.currentCounts.bytes
    let turn = try await regenerate(registry, "two")
    #expect(turn.context.map(\.content) == ["one", "1"])
    #expect(await contents(registry) == ["one", "1", "two"])
    turn.generation.log.append("3")
    await registry.finishTurn(turn, .completed)
    #expect(await contents(registry) == ["one", "1", "two", "3"])
    #expect(registry.currentCounts.bytes == bytes)
  }

  @Test func takesThePlaceOfAFailedMessage() async throws {
    let registry = SessionRegistry()
    let failed = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "one", model: "m"))
    await registry.finishTurn(failed, .failed(code: "x", message: "y"))
    _ = try await regenerate(registry, "again")
    #expect(await contents(registry) == ["again"])
  }

  @Test func isAnyTurnWhereThereIsNone() async throws {
    let registry = SessionRegistry()
    _ = try await regenerate(registry, "one")
    #expect(await contents(registry) == ["one"])
  }

  /// What it replaces is known only once the turns before it are over.
  @Test func waitsItsTurn() async throws {
    let registry = SessionRegistry()
    let first = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "one", model: "m"))
    async let second = regenerate(registry, "two")
    await eventually("it waits") { registry.currentCounts.waitingTurns == 1 }
    #expect(await contents(registry) == ["one"])
    await registry.finishTurn(first, .completed)
    #expect(try await second.context.isEmpty)
    #expect(await contents(registry) == ["two"])
  }

  @Test func aMessageKeepsWhatItCost() async throws {
    let registry = SessionRegistry()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "one", model: "m"))
    let usage = GenerationUsage(
      promptTokens: 3, completionTokens: 2, timeToFirstToken: .seconds(1), duration: .seconds(2))
    await registry.finishTurn(turn, .completed(doneReason: "stop", usage: usage))
    let messages = await registry.history(of: id("s"), limit: 100)?.messages ?? []
    #expect(messages.map(\.usage) == [nil, usage])
  }
}
