/// The sessions in the order of their last update: a list through the sessions themselves, so that a touch costs the
/// same however many there are.
struct RecencyList {
  private(set) var oldest: Session?
  private(set) var newest: Session?

  /// Puts a session that is not in the list at the newest end.
  mutating func append(_ session: Session) {
    session.older = newest
    session.newer = nil
    newest?.newer = session
    newest = session
    if oldest == nil { oldest = session }
  }

  mutating func remove(_ session: Session) {
    if let newer = session.newer { newer.older = session.older } else { newest = session.older }
    if let older = session.older { older.newer = session.newer } else { oldest = session.newer }
    session.older = nil
    session.newer = nil
  }

  mutating func touch(_ session: Session) {
    guard newest !== session else { return }
    remove(session)
    append(session)
  }
}
