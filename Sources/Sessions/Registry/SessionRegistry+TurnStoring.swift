import Access
internal import System

// How turns go to the store: their begin and their end, or both at once.
extension SessionRegistry {
  /// Stores that a turn begins: its message, and that its generation runs. A turn of which nobody is told before its end rests first: a
  /// short answer is stored with it.
  func storeBegin(
    of generation: Generation, _ message: Message, _ request: TurnRequest, replacing dropped: [Message],
    _ before: TurnUndo, in session: Session, _ storage: SessionStorage
  ) {
    let begin = turnBegin(of: generation, message, request, replacing: dropped, before, in: session)
    let write = StoreWrite(
      [begin.change(of: session)] + begin.changes + [.putGeneration(begin.stored)]
        + requestChanges(of: request, generation))
    let digests = begin.digests
    guard !storage.isRelaxed else {
      return submit(write, bytes: begin.bytes, .isDoneLater, for: session, storage) {
        registry, session, outcome in
        session?.imagesDidGo(digests, outcome)
        guard let session else { return }
        if outcome == .unavailable, begin.before.isNew { session.isStored = false }
        registry.removeIfGone(session, outcome)
      }
    }
    session.activity?.standing = .awaitsStore
    if !request.isStreamed, request.idempotency == nil, audiences[session.key]?.members.isEmpty ?? true {
      return rest(write, begin, in: session, storage)
    }
    submit(write, bytes: begin.bytes, .takesBack(by: begin.undo), for: session, storage) {
      $0.beginWasStored($2, begin, in: $1)
    }
  }

  private func turnBegin(
    of generation: Generation, _ message: Message, _ request: TurnRequest, replacing dropped: [Message],
    _ before: TurnUndo, in session: Session
  ) -> TurnBegin {
    let (key, place) = (session.storeKey, session.messageCount - 1)
    let images = takeUnstoredImages(along: request.images, in: session)
    session.isStored = true
    var changes: [StoreChange] = dropped.isEmpty ? [] : [.dropMessages(in: key, from: place)]
    changes += images.map { .putImage(StoredImage($0), in: key) }
    changes.append(.putMessage(StoredMessage(place: place, message: message.stored), in: key))
    if session.mayHaveParts { changes.append(.dropEndedParts(of: key)) }
    return TurnBegin(
      generation: generation, number: message.number, place: place, changes: changes,
      stored: StoredGeneration(
        id: generation.id, session: key, author: generation.principal.storedName, model: generation.model,
        messagePlace: place, messageNumber: message.number, startedAt: generation.startedAt),
      bytes: message.size + images.reduce(0) { $0 + $1.bytes.count }, digests: images.map(\.digest),
      dropped: dropped, before: before)
  }

  private func requestChanges(of request: TurnRequest, _ generation: Generation) -> [StoreChange] {
    guard let idempotency = request.idempotency else { return [] }
    var changes: [StoreChange] = []
    if let id = idempotency.formerGeneration { changes.append(.dropIdempotentRequest(generation: id)) }
    changes.append(
      .putIdempotentRequest(
        IdempotentRequest(
          key: idempotency.key.text, owner: idempotency.key.owner.storedName, generation: generation.id,
          digest: idempotency.digest, expiresAt: clock.timestamp().adding(SessionRegistry.idempotencyTime))))
    return changes
  }

  /// - Parameter answer: the number of the model's message, where it was stored with the begin.
  func beginWasStored(
    _ stored: StoreQueue.Outcome, _ begin: TurnBegin, in session: Session?, withEnd isWhole: Bool = false,
    answer: Int? = nil
  ) {
    session?.imagesDidGo(begin.digests, stored)
    guard let session, session.activity?.generation === begin.generation else { return }
    session.activity?.resting = nil
    let isStored = stored == .written
    if isStored {
      session.mayHaveParts = false
      session.activity?.standing = .taken
      session.markStored(begin.number)
      if let answer { session.markStored(answer) }
      session.activity?.unattendedSince = clock.monotonic()
      tellListeners(of: session, begin.generation)
      if begin.before.isNew { keepToShare(of: session) }
    } else {
      session.activity?.standing = .refused
      if begin.before.isNew { (session.isStored, session.storedImages) = (false, []) }
      if let answer { change(session) { $0.takeBack(answer, for: []) } }
      change(session) { $0.takeBack(begin.number, for: begin.dropped) }
      session.title = begin.before.title
      session.lastAuthor = begin.before.lastAuthor
      begin.generation.requestStop(.notStored)
    }
    resumeAcknowledgements(of: session, isTaken: isStored)
    if removeIfGone(session, stored) { return }
    guard let (turn, outcome) = session.activity?.early else { return }
    session.activity?.early = nil
    if isStored, !isWhole, let storage {
      storeEnd(outcome, of: turn, in: session, storage)
    } else {
      conclude(isStored ? outcome : .notTaken, in: session)
    }
  }

  /// Stores how a turn has ended, and tells it then.
  func storeEnd(
    _ outcome: GenerationOutcome, of turn: Turn, in session: Session, _ storage: SessionStorage
  ) {
    let generation = turn.generation
    let answer = append(outcome, of: turn, in: session, isPending: !storage.isRelaxed)
    let end = storedEnd(outcome, of: turn, answer, in: session)
    var changes: [StoreChange] = [.updateSession(session.stored)]
    changes += messageChange(of: turn, answer, in: session)
    changes.append(.endGeneration(id: generation.id, end))
    if end.state == .failed { changes.append(.dropIdempotentRequest(generation: generation.id)) }
    if storage.isRelaxed { conclude(outcome, in: session) } else { beginEnding(of: session) }
    let first = firstAfterEnd()
    if let first { changes.append(.dropCheckpoints(before: first)) }
    submit(
      StoreWrite(changes), bytes: answer?.size ?? 0, .isDoneLater, gathers: hasCompany, for: session, storage
    ) { registry, session, stored in
      if let first, stored == .written { registry.checkpoints.noteDropped(before: first) }
      guard let session else { return }
      if stored == .written, let answer { session.markStored(answer.number) }
      guard session.activity?.generation === generation else { return }
      if registry.removeIfGone(session, stored) { return }
      registry.conclude(stored == .written ? outcome : .notStored, in: session)
    }
  }

  /// A session that another process has deleted, or this one is about to, is not made anew by what is said in it: it leaves memory, and what
  /// runs in it ends.
  @discardableResult
  private func removeIfGone(_ session: Session, _ outcome: StoreQueue.Outcome) -> Bool {
    guard outcome == .refused(.sessionIsGone), session.isStored else { return false }
    if sessions[session.key] === session { remove(session) }
    return true
  }

  private func storedEnd(
    _ outcome: GenerationOutcome, of turn: Turn, _ answer: Message?, in session: Session
  ) -> StoredGenerationEnd {
    StoredGenerationEnd(
      of: outcome, endedAt: session.updatedAt, lastNumber: turn.generation.log.lastNumber,
      answerPlace: answer.map { _ in session.messageCount - 1 })
  }

  /// Puts the model's message, or the user's as it is marked where there is none.
  private func messageChange(of turn: Turn, _ answer: Message?, in session: Session) -> [StoreChange] {
    var place = session.messages.count - 1
    if answer == nil {
      guard let index = session.messages.lastIndex(where: { $0.number == turn.message.number }) else {
        return []
      }
      place = index
    }
    let message = StoredMessage(
      place: session.olderMessages + place, message: session.messages[place].stored)
    return [.putMessage(message, in: session.storeKey)]
  }

  // MARK: Turns in one piece

  private func rest(
    _ write: StoreWrite, _ begin: TurnBegin, in session: Session, _ storage: SessionStorage
  ) {
    beginWrite(in: session)
    let completion = completion(for: session) { $0.beginWasStored($2, begin, in: $1) }
    let ticket = storage.writer.rest(write, bytes: begin.bytes, .takesBack(by: begin.undo), then: completion)
    session.activity?.resting = ticket.map { ($0, begin) }
  }

  /// Stores a turn whose begin still rests, and its end with it.
  ///
  /// - Returns: whether it rested.
  func storeWhole(
    _ outcome: GenerationOutcome, of turn: Turn, in session: Session, _ storage: SessionStorage
  ) -> Bool {
    guard let (ticket, begin) = session.activity?.resting, storage.writer.withdraw(ticket) else {
      return false
    }
    session.activity?.resting = nil
    session.unwritten -= 1
    session.activity?.early = (turn, outcome)
    let answer = append(outcome, of: turn, in: session, isPending: true)
    var generation = begin.stored
    generation.end = storedEnd(outcome, of: turn, answer, in: session)
    var changes: [StoreChange] = [begin.change(of: session)] + begin.changes
    changes += messageChange(of: turn, answer, in: session)
    changes.append(.putGeneration(generation))
    beginEnding(of: session)
    let first = firstAfterEnd()
    if let first { changes.append(.dropCheckpoints(before: first)) }
    submit(
      StoreWrite(changes), bytes: begin.bytes + (answer?.size ?? 0), .takesBack(by: begin.undo),
      gathers: hasCompany, for: session, storage
    ) { registry, session, stored in
      if let first, stored == .written { registry.checkpoints.noteDropped(before: first) }
      registry.beginWasStored(stored, begin, in: session, withEnd: true, answer: answer?.number)
    }
    return true
  }

  /// Who asks for a session shall not wait longer than the store takes.
  func rouse(_ session: Session) {
    guard let (ticket, _) = session.activity?.resting else { return }
    session.activity?.resting = nil
    storage?.writer.rouse(ticket)
  }
}

extension GenerationOutcome {
  /// Its message could not be stored: the turn was none.
  static let notTaken = GenerationOutcome.failed(
    code: "not_stored", message: "The message could not be stored in time, and was not taken.", retryAfter: 1)

  /// The generation was whole, and is not stored in time.
  static let notStored = GenerationOutcome.failed(
    code: "not_stored",
    message:
      "The answer could not be stored in time. It is shown as pending, and stored when that is possible.",
    retryAfter: 5)
}
