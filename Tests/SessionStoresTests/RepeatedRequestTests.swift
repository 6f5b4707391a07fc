import Access
import GatewayTesting
import Testing

@testable import Sessions

/// Requests that come again by their `Idempotency-Key`, on each kind of store.
@Suite("Stores: requests that come again") struct RepeatedRequestTests {
  private static let session = SessionID("s")

  private static func request(
    _ key: String, _ digest: UInt8 = 1, replacing: Bool = false
  ) -> TurnRequest {
    TurnRequest(
      sessionID: session, principal: .loopback, message: "by \(key)", model: "m", replacesLastTurn: replacing,
      idempotency: Idempotency(key, of: .loopback, digest: [digest]))
  }

  /// Asks by a key, and ends the turn where it begins one.
  ///
  /// - Returns: the answer of an earlier one; nil where it was a new one.
  private static func ask(
    _ kept: KeptRegistry, _ request: TurnRequest, _ outcome: GenerationOutcome? = nil
  ) async throws -> String? {
    switch try await kept.registry.joinOrBeginTurn(request) {
    case .joined(let generation): return generation.log.fullText
    case .begun(let turn):
      try await kept.registry.acknowledge(turn)
      try await kept.end(turn, outcome)
      return nil
    }
  }

  @Test("A hundred at once get one generation, and another body none", arguments: TestedStore.all)
  func atOnce(_ kind: TestedStore) async throws {
    let kept = try KeptRegistry(kind)
    let registry = kept.registry
    let starts = try await withThrowingTaskGroup(of: TurnStart.self) { group in
      for _ in 0..<100 { group.addTask { try await registry.joinOrBeginTurn(Self.request("k")) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let begun = starts.compactMap { if case .begun(let turn) = $0 { turn } else { nil } }
    let turn = try #require(begun.first)
    #expect(begun.count == 1)
    let joined = starts.compactMap { if case .joined(let generation) = $0 { generation } else { nil } }
    #expect(joined.count == 99 && joined.allSatisfy { $0 === turn.generation })
    await #expect(throws: TurnError.idempotencyConflict) {
      _ = try await registry.joinOrBeginTurn(Self.request("k", 2))
    }
    try await kept.end(turn)
    try await kept.restart()
    for _ in 0..<2 { #expect(try await Self.ask(kept, Self.request("k")) == "answer") }
    await #expect(throws: TurnError.idempotencyConflict) {
      _ = try await kept.registry.joinOrBeginTurn(Self.request("k", 2))
    }
    #expect(try kept.store.rowCounts()["messages"] == 2)
    await kept.close()
  }

  @Test("Of which nothing is left, they are new ones", arguments: TestedStore.all)
  func nothingIsLeft(_ kind: TestedStore) async throws {
    let kept = try KeptRegistry(kind)
    // Stopped before its first word.
    #expect(try await Self.ask(kept, Self.request("a"), .cancelled) == nil)
    try await kept.restart()
    #expect(try await Self.ask(kept, Self.request("a")) == nil)
    try await kept.restart()
    #expect(try await Self.ask(kept, Self.request("a")) == "answer")
    // Another turn stands at the place of what was taken back: its answer is not this one's.
    #expect(try await Self.ask(kept, Self.request("b", replacing: true)) == nil)
    try await kept.restart()
    #expect(try await Self.ask(kept, Self.request("a")) == nil)
    #expect(try await Self.ask(kept, Self.request("b")) == "answer")
    // And what was cleared.
    try await kept.restart()
    _ = try await kept.registry.clearHistory(of: try #require(Self.session), as: .loopback)
    try await kept.restart()
    #expect(try await Self.ask(kept, Self.request("a")) == nil)
    #expect(try await Self.ask(kept, Self.request("a")) == "answer")
    await kept.close()
  }
}
