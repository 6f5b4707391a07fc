public import Access

// Whose owner comes no more.
extension SessionRegistry {
  private static let endedAtOnce = 100
  /// How long is waited for an answer that runs, before the next look.
  private static let pause = Duration.milliseconds(50)
  private static let looks = 200

  /// Deletes all sessions of a principal who is let in no more, or gives them to another one. What runs in them is stopped where they are
  /// deleted, and comes to its end first where they are given: whose answer takes longer than ten seconds keeps its session.
  ///
  /// - Returns: how many there were.
  /// - Throws: ``SessionAccessError/store`` where the store does not work: what is done by then is done.
  public func end(
    sessionsOf owner: Principal.ID, givingTo heir: Principal.ID?
  ) async throws(SessionAccessError) -> Int {
    let principal = Principal(owner, scopes: [.chat])
    guard let heir else { return try await deleteAll(of: principal) }
    handingOver.insert(owner)
    defer { handingOver.remove(owner) }
    var count = 0
    for _ in 0..<SessionRegistry.looks {
      let adoption = try await adopt(sessionsOf: [owner], by: Principal(heir, scopes: [.chat]))
      count += adoption.adopted
      if adoption.remaining == 0 { break }
      if adoption.adopted == 0 { try? await Task.sleep(for: SessionRegistry.pause) }
    }
    return count
  }

  private func deleteAll(of principal: Principal) async throws(SessionAccessError) -> Int {
    var count = 0
    while let page = try await list(as: principal, limit: SessionRegistry.endedAtOnce), !page.sessions.isEmpty
    {
      let before = count
      for session in page.sessions {
        do throws(SessionAccessError) {
          _ = try await delete(session.id, as: principal)
          count += 1
        } catch {
          // Somebody else has deleted it.
          if case .store = error { throw error }
        }
      }
      if count == before { break }
    }
    return count
  }
}
