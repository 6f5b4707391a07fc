import Sessions

/// What a message has led to.
enum TurnStart: Sendable {
  /// It has its turn: the caller runs the generation.
  case begun(Turn)
  /// It was asked for before: this is its generation.
  case joined(Generation)
}

extension SessionRegistry {
  /// As the chat API does for a client that no limit refuses.
  func joinOrBeginTurn(_ request: TurnRequest) async throws(TurnError) -> TurnStart {
    guard let idempotency = request.idempotency else { return .begun(try await beginTurn(request)) }
    switch try await claim(idempotency) {
    case .joined(let generation): return .joined(generation)
    case .first(let claimed):
      var request = request
      request.idempotency = claimed
      return .begun(try await beginClaimedTurn(request))
    }
  }
}
