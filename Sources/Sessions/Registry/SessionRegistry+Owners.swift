public import Access

// Whose owner comes no more.
extension SessionRegistry {
  private static let endedAtOnce = 100
  /// How long is waited for an answer that runs, before the next look.
  private static let pause = Duration.milliseconds(50)
  private static let looks = 200

  /// Deletes all sessions of a principal who is let in no more, or gives them to another one, but for those that an order gives to somebody else
  /// already. What runs in them is stopped where they are
  /// deleted, and comes to its end first where they are given: whose answer takes longer than ten seconds keeps its session.
  ///
  /// - Parameter user: who ends, where these are not his own: what orders give him is the heir's.
  /// - Returns: how many there were.
  /// - Throws: ``SessionAccessError/store`` where the store does not work: what is done by then is done.
  public func end(
    sessionsOf owner: Principal.ID, givingTo heir: Principal.ID?, of user: Principal.ID? = nil
  ) async throws(SessionAccessError) -> Int {
    let principal = Principal(owner, scopes: [.chat])
    guard let heir else { return try await deleteAll(of: principal, exceptByOrdersTo: user) }
    handingOver.insert(owner)
    defer { handingOver.remove(owner) }
    var count = 0
    for _ in 0..<SessionRegistry.looks {
      let adoption = try await adopt(
        sessionsOf: [owner], by: Principal(heir, scopes: [.chat]), exceptByOrdersTo: user)
      count += adoption.adopted
      if adoption.remaining == 0 { break }
      if adoption.adopted == 0 { try? await Task.sleep(for: SessionRegistry.pause) }
    }
    return count
  }

  /// - Parameter leaving: see ``adopt(sessionsOf:by:exceptByOrdersTo:)``.
  private func deleteAll(
    of principal: Principal, exceptByOrdersTo leaving: Principal.ID?
  ) async throws(SessionAccessError) -> Int {
    var taken: [AdoptionSpan] = []
    if let storage { taken = try await ordered(of: principal.id, exceptTo: [leaving], storage) }
    var (count, kept) = (0, 0)
    while let page = try await list(as: principal, skip: kept, limit: SessionRegistry.endedAtOnce),
      !page.sessions.isEmpty
    {
      let before = count + kept
      for session in page.sessions {
        // Somebody else's by now, though it has not come to him yet.
        guard !taken.contains(where: { $0.covers(session.createdAt) }) else {
          kept += 1
          continue
        }
        do throws(SessionAccessError) {
          _ = try await delete(session.id, as: principal)
          count += 1
        } catch {
          // Somebody else has deleted it.
          if case .store = error { throw error }
        }
      }
      if count + kept == before { break }
    }
    return count
  }
}
