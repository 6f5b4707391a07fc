import EventLoop

extension SessionRegistry {
  /// Joins a session, made if it is not known: from now on `listener` hears of each generation that starts there.
  ///
  /// - Returns: the session, and its generation in flight, or the last one when it ended less than the retention ago.
  public func join(
    _ id: SessionID?, owner: String = "anonymous", _ listener: SessionListener
  ) throws(TurnError) -> (session: SessionSummary, generation: Generation?) {
    let session = try openSession(id, owner: owner).session
    listeners[session.id, default: []].append(listener)
    return (session.summary, session.activity?.generation)
  }

  /// Ends what ``join(_:owner:_:)`` began. A session in which nothing was ever said goes with its last listener: else
  /// those who only look in would push real ones out. Under its name it is made again.
  public func leave(_ id: SessionID, _ listener: SessionListener) {
    guard let index = listeners[id]?.firstIndex(where: { $0 === listener }) else { return }
    listeners[id]?.remove(at: index)
    guard listeners[id]?.isEmpty == true else { return }
    listeners[id] = nil
    if let session = sessions[id], session.isUnused { remove(session) }
  }

  public func summary(of id: SessionID) -> SessionSummary? { sessions[id]?.summary }

  /// The sessions of one owner, or of all, latest first.
  public func list(owner: String? = nil, skip: Int = 0, limit: Int) -> SessionPage {
    var page: [SessionSummary] = []
    var total = 0
    var next = recency.newest
    while let session = next {
      next = session.older
      guard owner == nil || session.owner == owner else { continue }
      if total >= skip && page.count < limit { page.append(session.summary) }
      total += 1
    }
    return SessionPage(sessions: page, total: total)
  }

  /// A part of a session's history; `nil` when there is no such session.
  public func history(of id: SessionID, skip: Int = 0, limit: Int) -> HistoryPage? {
    guard let session = sessions[id] else { return nil }
    let messages = session.messages.dropFirst(max(0, skip)).prefix(max(0, limit))
    return HistoryPage(messages: Array(messages), total: session.messages.count, createdAt: session.createdAt)
  }

  /// Deletes a session, stops its generation and turns away who waits in it. Answers how many messages went, or
  /// `nil` when there is no such session.
  public func delete(_ id: SessionID) -> Int? {
    guard let session = sessions[id] else { return nil }
    remove(session)
    return session.messages.count
  }

  /// Empties a session's history, but for the message that is being answered now. Answers how many messages went, or
  /// `nil` when there is no such session.
  public func clearHistory(of id: SessionID) -> Int? {
    guard let session = sessions[id] else { return nil }
    touch(session)
    return change(session) { $0.clear() }
  }

  /// The session's generation in flight, or the last one when it ended less than the retention ago.
  public func generation(of id: SessionID) -> Generation? {
    guard let activity = sessions[id]?.activity else { return nil }
    if let endedAt = activity.endedAt, clock.monotonic() - endedAt >= limits.retention { return nil }
    return activity.generation
  }

  /// Figures of now.
  public var currentCounts: SessionCounts {
    var counts = counts
    counts.sessions = sessions.count
    return counts
  }
}
