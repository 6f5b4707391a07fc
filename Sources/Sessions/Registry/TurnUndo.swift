import Access

/// What a session was before a turn began that may have to be taken back.
struct TurnUndo {
  let stored: StoredSession
  let title: SessionTitle
  let lastAuthor: Principal.ID?
  /// Whether the store has it by the turn alone.
  let isNew: Bool

  init(of session: Session, isNew: Bool) {
    stored = session.stored
    title = session.title
    lastAuthor = session.lastAuthor
    self.isNew = isNew
  }
}
