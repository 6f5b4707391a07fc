import Access
import Budgets

@testable import Sessions

/// A session's name.
func id(_ text: String) -> SessionID { SessionID(text)! }

extension GenerationOutcome {
  static let completed = GenerationOutcome.completed(doneReason: "stop", usage: GenerationUsage())
}

extension SessionRegistry {
  /// A whole turn; the clock goes on a little after it.
  func talk(
    _ id: SessionID, _ message: String = "q", text: String = "a", user: String = "u",
    as principal: Principal = .loopback, account: ClientAccount? = nil, then clock: ManualClock? = nil
  ) async throws {
    let turn = try await beginTurn(
      TurnRequest(sessionID: id, principal: principal, user: user, message: message, model: "m"),
      account: account)
    turn.generation.log.append(text)
    finishTurn(turn, .completed)
    clock?.advance(by: .milliseconds(1))
  }

  /// The names of all sessions, latest first.
  var names: [String] { get async { await list(limit: 100).sessions.map(\.id.description) } }

  /// The names of those that may be dropped, the first to go first.
  var restingNames: [String] {
    var names: [String] = []
    var next = resting.oldest
    while let session = next {
      names.append(session.id.description)
      next = session.links.newer
    }
    return names
  }

  /// Bytes of all histories, counted anew.
  var bytesInUse: Int { sessions.values.reduce(0) { $0 + $1.messages.reduce(0) { $0 + $1.size } } }

  /// Sessions that the sweep looks at.
  var sweptCount: Int { active.count }
}

// What most tests ask as one and the same caller.

extension TurnRequest {
  init(
    sessionID: SessionID? = nil, user: String = "anonymous", message: String, model: String,
    includesContext: Bool = true, replacesLastTurn: Bool = false, origin: SessionListener.ID? = nil,
    isStreamed: Bool = true
  ) {
    self.init(
      sessionID: sessionID, principal: .loopback, user: user, message: message, model: model,
      includesContext: includesContext, replacesLastTurn: replacesLastTurn, origin: origin,
      isStreamed: isStreamed)
  }
}

extension SessionRegistry {
  func join(
    _ id: SessionID?, account: ClientAccount? = nil, _ listener: SessionListener
  ) async throws(TurnError) -> Joined {
    try await join(id, as: .loopback, account: account, listener)
  }

  func summary(of id: SessionID) async -> SessionSummary? { try? await summary(of: id, as: .loopback) }

  func list(skip: Int = 0, limit: Int) async -> SessionPage {
    (try? await list(as: .loopback, skip: skip, limit: limit)) ?? SessionPage(sessions: [], total: 0)
  }

  func history(of id: SessionID, skip: Int = 0, limit: Int) async -> HistoryPage? {
    try? await history(of: id, as: .loopback, skip: skip, limit: limit)
  }

  func generation(of id: SessionID) async -> Generation? { try? await generation(of: id, as: .loopback) }

  func delete(_ id: SessionID) async -> Int? { try? await delete(id, as: .loopback) }

  func clearHistory(of id: SessionID) async -> Int? { try? await clearHistory(of: id, as: .loopback) }
}
