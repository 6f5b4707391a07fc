import Access
import Testing

@testable import Sessions

/// Who shows an `Idempotency-Key` first claims it; the others wait for what comes of that.
@Suite struct IdempotencyClaimTests {
  private let registry = SessionRegistry(limits: SessionLimits())

  private func idempotency(_ digest: UInt8 = 1, _ key: String = "k") -> Idempotency {
    Idempotency(key, of: .loopback, digest: [digest])
  }

  private func request(_ idempotency: Idempotency? = nil) -> TurnRequest {
    var request = TurnRequest(sessionID: id("s"), message: "hello", model: "m")
    request.idempotency = idempotency
    return request
  }

  private var waiting: Int {
    get async {
      guard case .waits(let waiting)? = await registry.idempotentTurns[idempotency().key]?.state else {
        return 0
      }
      return waiting.count
    }
  }

  /// Claims the key twice: the second one waits for the first.
  private func claimTwice() async throws -> Task<IdempotencyClaim, any Error> {
    guard case .first = try await registry.claim(idempotency()) else {
      throw TurnError.idempotencyConflict
    }
    let second = Task { try await registry.claim(idempotency()) as IdempotencyClaim }
    await eventually { await waiting == 1 }
    return second
  }

  @Test func whoGivesUpLeavesNothing() async throws {
    let second = try await claimTwice()
    await registry.giveUp(idempotency())
    guard case .first(let claimed) = try await second.value else {
      Issue.record("it joins nothing")
      return
    }
    await registry.giveUp(claimed)
    #expect(await registry.idempotentTurns.isEmpty)
    #expect(await registry.idempotencyOrder.isEmpty)
    guard case .first = try await registry.claim(idempotency(2)) else {
      Issue.record("another request is another one's")
      return
    }
  }

  /// Its client has left while it waited for its turn: that is no matter of who has come back.
  @Test func whoIsCancelledIsFollowed() async throws {
    let busy = try await registry.beginTurn(request())
    let second = try await claimTwice()
    let first = Task { try await registry.beginClaimedTurn(request(idempotency())) }
    await eventually { await registry.counts.waitingTurns == 1 }
    first.cancel()
    await #expect(throws: TurnError.cancelled) { try await first.value }
    guard case .first(let claimed) = try await second.value else {
      Issue.record("it joins nothing")
      return
    }
    await registry.finishTurn(busy, .completed)
    let turn = try await registry.beginClaimedTurn(request(claimed))
    guard case .joined(let generation) = try await registry.claim(idempotency()) else {
      Issue.record("it is asked for anew")
      return
    }
    #expect(generation === turn.generation)
  }

  /// All who wait hear of an error that is about what is asked for.
  @Test func whoFailsFailsForAll() async throws {
    let second = try await claimTwice()
    await registry.drain(stoppingGenerations: false)
    await #expect(throws: TurnError.draining) {
      try await registry.beginClaimedTurn(request(idempotency()))
    }
    await #expect(throws: TurnError.draining) { try await second.value }
  }

  /// A client that has left claims nothing that nobody would begin.
  @Test func whoHasLeftClaimsNothing() async throws {
    let second = try await claimTwice()
    second.cancel()
    await registry.giveUp(idempotency())
    await #expect(throws: TurnError.cancelled) { try await second.value }
    #expect(await registry.idempotentTurns.isEmpty)
  }

  /// Of so many that the oldest one is forgotten nobody waits in vain.
  @Test func whoWaitsForWhatIsForgottenAsksAgain() async throws {
    let second = try await claimTwice()
    for number in 0..<10_000 {
      let claimed = idempotency(1, "other \(number)")
      _ = try await registry.claim(claimed)
    }
    guard case .first = try await second.value else {
      Issue.record("it joins nothing")
      return
    }
  }
}
