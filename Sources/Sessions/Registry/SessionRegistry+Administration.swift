package import Access
internal import System

// What administrators see of everybody's sessions.
extension SessionRegistry {
  /// A part of the list of all sessions in which something was said, latest first, and whether there are more. What is skipped costs a
  /// step each. Nil when nobody waits for it any more.
  ///
  /// - Parameter owner: nil for everybody's.
  /// - Throws: ``SessionAccessError/store`` where the store cannot be read.
  package func listAll(
    ownedBy owner: Principal.ID?, skip: Int, limit: Int
  ) async throws(SessionAccessError) -> (sessions: [AdministeredSession], hasMore: Bool)? {
    guard !Task.isCancelled else { return nil }
    let (skip, limit) = (max(0, skip), min(max(0, limit), Self.longestPart))
    // One more, by which it is known whether there are more.
    let found =
      if let storage {
        try await storedSessions(of: owner, skip: skip, limit: limit + 1, storage)
      } else {
        sessionsInMemory(of: owner, skip: skip, limit: limit + 1)
      }
    guard !Task.isCancelled else { return nil }
    return (Array(found.prefix(limit)), found.count > limit)
  }

  private static let longestPart = 1000

  private func storedSessions(
    of owner: Principal.ID?, skip: Int, limit: Int, _ storage: SessionStorage
  ) async throws(SessionAccessError) -> [AdministeredSession] {
    let name = owner?.storedName
    await storage.writer.settle()
    let found: [StoredSession]
    do throws(StoreError) {
      found = try await storage.readers.read { reader throws(StoreError) in
        guard let name else { return try reader.latestSessions(skip: skip, limit: limit) }
        return try reader.sessions(ownedBy: name, skip: skip, limit: limit).sessions
      }
    } catch {
      throw .store
    }
    return found.compactMap { stored in
      guard let id = stored.key.sessionID else { return nil }
      let key = SessionKey(id: id, owner: stored.key.hasOwner ? Principal.ID(storedName: stored.owner) : nil)
      return AdministeredSession(
        id: id, owner: stored.owner, createdAt: stored.createdAt, updatedAt: stored.updatedAt,
        messageCount: stored.messageCount, isGenerating: sessions[key]?.isGenerating ?? false)
    }
  }

  private func sessionsInMemory(of owner: Principal.ID?, skip: Int, limit: Int) -> [AdministeredSession] {
    let part: [Session]
    if let owner {
      part = owners[owner]?.part(skip: skip, limit: limit) ?? []
    } else {
      // Of nobody more than the part can have.
      let reach = min(skip, limits.sessions) + limit
      part = Array(
        owners.values.flatMap { $0.part(skip: 0, limit: reach) }.sorted { $1.updatedAt < $0.updatedAt }
          .dropFirst(skip).prefix(limit))
    }
    return part.map { session in
      AdministeredSession(
        id: session.id, owner: session.owner.storedName, createdAt: session.createdAt,
        updatedAt: session.updatedAt, messageCount: session.messageCount, isGenerating: session.isGenerating)
    }
  }
}
