public import Access
internal import System

// What those ask who take part in a session: its owner, and who knows an id that was made here. Work for somebody whose
// task is cancelled lapses, as its client has left.
extension SessionRegistry {
  /// A session as a list shows it; nil when the principal has none of this name.
  public func summary(of id: SessionID, as principal: Principal) -> SessionSummary? {
    (try? session(id, for: principal))?.summary
  }

  /// A part of a session's history; nil when the principal has no such session, or does not wait any more.
  public func history(
    of id: SessionID, as principal: Principal, skip: Int = 0, limit: Int
  ) -> HistoryPage? {
    guard !Task.isCancelled, let session = try? session(id, for: principal) else { return nil }
    let messages = session.messages.dropFirst(max(0, skip)).prefix(max(0, limit))
    return HistoryPage(messages: Array(messages), total: session.messages.count, createdAt: session.createdAt)
  }

  /// The session's generation in flight, or the last one when it ended less than the retention ago.
  public func generation(of id: SessionID, as principal: Principal) -> Generation? {
    guard let activity = (try? session(id, for: principal))?.activity else { return nil }
    if let endedAt = activity.endedAt, clock.monotonic() - endedAt >= limits.retention { return nil }
    return activity.generation
  }

  /// Stops the generation in flight: the session's owner may, and whoever has asked for it.
  ///
  /// - Returns: whether there was one.
  public func stopGeneration(
    of id: SessionID, as principal: Principal
  ) throws(SessionAccessError) -> Bool {
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
  public func list(as principal: Principal, skip: Int = 0, limit: Int) -> SessionPage? {
    guard !Task.isCancelled else { return nil }
    guard let owned = owners[principal.id] else { return SessionPage(sessions: [], total: 0) }
    return SessionPage(sessions: owned.part(skip: skip, limit: limit).map(\.summary), total: owned.count)
  }

  /// Deletes a session, stops its generation and turns away who waits in it.
  ///
  /// - Returns: how many messages went.
  public func delete(_ id: SessionID, as principal: Principal) throws(SessionAccessError) -> Int {
    let session = try session(id, for: principal, to: .own)
    remove(session)
    return session.messages.count
  }

  /// Empties a session's history, but for the message whose turn runs.
  ///
  /// - Returns: how many messages went.
  public func clearHistory(of id: SessionID, as principal: Principal) throws(SessionAccessError) -> Int {
    let session = try session(id, for: principal, to: .own)
    touch(session)
    return change(session) { $0.clear() }
  }
}
