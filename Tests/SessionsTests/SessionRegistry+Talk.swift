import Budgets

@testable import Sessions

/// A session's name.
func id(_ text: String) -> SessionID { SessionID(text)! }

extension GenerationOutcome {
  static let completed = GenerationOutcome.completed(doneReason: "stop", usage: GenerationUsage())
}

extension SessionRegistry {
  /// A whole turn, answered; the clock goes on a little after it.
  func talk(
    _ id: SessionID, _ message: String = "q", answer: String = "a", user: String = "u",
    account: ClientAccount? = nil, then clock: ManualClock? = nil
  ) async throws {
    let turn = try await beginTurn(
      TurnRequest(sessionID: id, user: user, message: message, model: "m"), account: account)
    turn.generation.log.append(answer)
    finishTurn(turn, .completed)
    clock?.advance(by: .milliseconds(1))
  }

  /// The names of all sessions, latest first.
  var names: [String] { list(limit: 100).sessions.map(\.id.description) }

  /// Bytes of all histories, counted anew.
  var bytesInUse: Int { sessions.values.reduce(0) { $0 + $1.messages.reduce(0) { $0 + $1.size } } }

  /// Sessions that the sweep looks at.
  var sweptCount: Int { active.count }
}
