public import Access
internal import System

// What those ask who take part in a session: its owner, and who knows an id that was made here. Work for somebody whose
// task is cancelled lapses, as its client has left.
extension SessionRegistry {
  /// A session as a list shows it; nil when the principal has none of this name.
  ///
  /// - Throws: ``SessionAccessError/store`` where the store cannot be read.
  public func summary(
    of id: SessionID, as principal: Principal
  ) async throws(SessionAccessError) -> SessionSummary? {
    try await reach(id, for: principal)
    return (try? session(id, for: principal))?.summary
  }

  /// A part of a session's history; nil when the principal has no such session, or does not wait any more.
  public func history(
    of id: SessionID, as principal: Principal, skip: Int = 0, limit: Int
  ) async throws(SessionAccessError) -> HistoryPage? {
    try await reach(id, for: principal)
    guard !Task.isCancelled, let session = try? session(id, for: principal) else { return nil }
    let (skip, limit) = (max(0, skip), max(0, limit))
    var messages: [Message] = []
    if skip < session.olderMessages, limit > 0 {
      messages = try await olderMessages(of: session, from: skip, limit: limit)
      // Whatever happened meanwhile: what is behind them is asked for by their number.
      guard skip + messages.count >= session.olderMessages, messages.count < limit else {
        return HistoryPage(messages: messages, total: session.messageCount, createdAt: session.createdAt)
      }
    }
    let start = skip + messages.count - session.olderMessages
    messages += session.messages.dropFirst(max(0, start)).prefix(limit - messages.count)
    return HistoryPage(messages: messages, total: session.messageCount, createdAt: session.createdAt)
  }

  /// The session's generation in flight, or the last one when it ended less than the retention ago, or with the process
  /// that made it.
  public func generation(
    of id: SessionID, as principal: Principal
  ) async throws(SessionAccessError) -> Generation? {
    try await reach(id, for: principal)
    guard let session = try? session(id, for: principal) else { return nil }
    guard session.activity != nil else { return session.restored }
    guard await isAcknowledged(session) else { return nil }
    guard let activity = session.activity else { return nil }
    if let endedAt = activity.endedAt, clock.monotonic() - endedAt >= limits.retention { return nil }
    return activity.generation
  }

  /// Stops the generation in flight: the session's owner may, and whoever has asked for it.
  ///
  /// - Returns: whether there was one.
  public func stopGeneration(
    of id: SessionID, as principal: Principal
  ) async throws(SessionAccessError) -> Bool {
    try await reach(id, for: principal)
    let session = try session(id, for: principal)
    guard let generation = session.activity?.generation, !generation.log.hasEnded else { return false }
    guard session.permits(.undo(turnOf: generation.principal), to: principal) else { throw .notOwner }
    generation.requestStop(.requested)
    return true
  }
}

// MARK: - The owner's

extension SessionRegistry {
  /// A part of the list of the principal's own sessions in which something was said, latest first. It costs by its length,
  /// wherever it begins. Nil when nobody waits for it any more.
  ///
  /// - Throws: ``SessionAccessError/store`` where the store cannot be read.
  public func list(
    as principal: Principal, skip: Int = 0, limit: Int
  ) async throws(SessionAccessError) -> SessionPage? {
    guard !Task.isCancelled else { return nil }
    if let storage { return try await storedList(as: principal, skip: skip, limit: limit, storage) }
    guard let owned = owners[principal.id] else { return SessionPage(sessions: [], total: 0) }
    return SessionPage(sessions: owned.part(skip: skip, limit: limit).map(\.summary), total: owned.count)
  }

  /// Deletes a session, stops its generation and turns away who waits in it.
  ///
  /// - Returns: how many messages went.
  public func delete(
    _ id: SessionID, as principal: Principal
  ) async throws(SessionAccessError) -> Int {
    try await reach(id, for: principal)
    let session = try session(id, for: principal, to: .own)
    if let storage { try await storeDeletion(of: session, storage) }
    remove(session)
    return session.messageCount
  }

  /// Empties a session's history, but for the message whose turn runs.
  ///
  /// - Returns: how many messages went.
  ///
  /// - Throws: ``SessionAccessError/store`` where the store has not taken it: then it is done in memory, and in the store as soon as
  ///   that goes.
  public func clearHistory(
    of id: SessionID, as principal: Principal
  ) async throws(SessionAccessError) -> Int {
    try await reach(id, for: principal)
    let found = try session(id, for: principal, to: .own)
    if storage != nil {
      if storage?.writer.refusesDeletions == true { throw .store }
      _ = await isAcknowledged(found)
    }
    let session = try session(id, for: principal, to: .own)
    touch(session)
    let count = change(session) { $0.clear() }
    if let storage { try await storeClearing(of: session, storage) }
    return count
  }
}
