import EventLoop

extension SessionRegistry {
  public func summary(of id: SessionID) -> SessionSummary? { sessions[id]?.summary }

  /// The sessions of one owner, or of all, latest first.
  public func list(owner: String? = nil, skip: Int = 0, limit: Int) -> SessionPage {
    var page: [SessionSummary] = []
    var total = 0
    var next = recency.newest
    while let session = next {
      next = session.links.older
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
    counts.listeners = listeners.values.reduce(0) { $0 + $1.count }
    return counts
  }
}
