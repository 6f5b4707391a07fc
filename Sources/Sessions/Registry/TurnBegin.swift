/// How a turn begins, as it is stored and as it is taken back.
struct TurnBegin {
  let generation: Generation
  /// The number and the place of the user's message.
  let number: Int
  let place: Int
  /// What is stored beside the session and the generation.
  let changes: [StoreChange]
  /// The generation as it runs.
  let stored: StoredGeneration
  /// Bytes of the message and its images.
  let bytes: Int
  /// The images that go along for the first time.
  let digests: [ImageDigest]
  /// The messages in whose place the turn stands.
  let dropped: [Message]
  /// What the session was before.
  let before: TurnUndo

  /// Puts its session into the store, or changes it: one that is not there any more is not made anew.
  func change(of session: Session) -> StoreChange {
    before.isNew ? .putSession(session.stored) : .updateSession(session.stored)
  }

  /// What takes it back out of the store.
  var undo: StoreWrite {
    var changes = before.changes(droppingFrom: place, dropped, in: stored.session)
    if !before.isNew {
      let end = StoredGenerationEnd(
        .failed, endedAt: stored.startedAt, lastNumber: 0, failureCode: "not_stored")
      changes += [.endGeneration(id: stored.id, end), .dropIdempotentRequest(generation: stored.id)]
    }
    return StoreWrite(changes)
  }
}
