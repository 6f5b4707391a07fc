internal import System

// What those ask who take part in a session: its owner, and who knows an id that was made here. Work for a caller whose
// task is cancelled lapses, as its client has left.
extension SessionRegistry {
  public func summary(of id: SessionID, as caller: SessionOwner) -> SessionSummary? {
    find(id, as: caller)?.summary
  }

  /// A part of a session's history; nil when the caller has no such session, or does not wait any more.
  public func history(
    of id: SessionID, as caller: SessionOwner, skip: Int = 0, limit: Int
  ) -> HistoryPage? {
    guard !Task.isCancelled, let session = find(id, as: caller) else { return nil }
    let messages = session.messages.dropFirst(max(0, skip)).prefix(max(0, limit))
    return HistoryPage(messages: Array(messages), total: session.messages.count, createdAt: session.createdAt)
  }

  /// The session's generation in flight, or the last one when it ended less than the retention ago.
  public func generation(of id: SessionID, as caller: SessionOwner) -> Generation? {
    guard let activity = find(id, as: caller)?.activity else { return nil }
    if let endedAt = activity.endedAt, clock.monotonic() - endedAt >= limits.retention { return nil }
    return activity.generation
  }

  /// Stops the generation in flight: the session's owner may, and whoever has asked for it.
  ///
  /// - Returns: whether there was one.
  public func stopGeneration(
    of id: SessionID, as caller: SessionOwner
  ) throws(SessionAccessError) -> Bool {
    guard let session = find(id, as: caller) else { throw .unknown }
    guard let generation = session.activity?.generation, !generation.log.hasEnded else { return false }
    guard caller == session.owner || caller == generation.caller else { throw .notOwner }
    generation.requestStop(.requested)
    return true
  }
}

// MARK: - The owner's

extension SessionRegistry {
  /// A part of the list of an owner's sessions in which something was said, latest first. It costs by its length, wherever it begins. Nil when the
  /// caller does not wait any more.
  public func list(of owner: SessionOwner, skip: Int = 0, limit: Int) -> SessionPage? {
    guard !Task.isCancelled else { return nil }
    guard let owned = owners[owner] else { return SessionPage(sessions: [], total: 0) }
    return SessionPage(sessions: owned.part(skip: skip, limit: limit).map(\.summary), total: owned.count)
  }

  /// Deletes a session, stops its generation and turns away who waits in it. Answers how many messages went.
  public func delete(_ id: SessionID, as caller: SessionOwner) throws(SessionAccessError) -> Int {
    let session = try own(id, caller)
    remove(session)
    return session.messages.count
  }

  /// Empties a session's history, but for the message that is being answered now. Answers how many messages went.
  public func clearHistory(of id: SessionID, as caller: SessionOwner) throws(SessionAccessError) -> Int {
    let session = try own(id, caller)
    touch(session)
    return change(session) { $0.clear() }
  }

  private func own(_ id: SessionID, _ caller: SessionOwner) throws(SessionAccessError) -> Session {
    guard let session = find(id, as: caller) else { throw .unknown }
    guard session.owner == caller else { throw .notOwner }
    return session
  }
}
