import Access
import Dispatch
internal import System

// What changes goes to the store, and nobody is told of it before it is there.
extension SessionRegistry {
  /// Stores that a turn begins: its message, and that its generation runs.
  func storeBegin(
    of generation: Generation, _ message: Message, _ request: TurnRequest, replacing dropped: [Message],
    _ before: TurnUndo, in session: Session, _ storage: SessionStorage
  ) {
    let key = session.storeKey
    let place = session.messageCount - 1
    var changes: [StoreChange] = [.putSession(session.stored)]
    let images = takeUnstoredImages(along: request.images, in: session)
    session.isStored = true
    if !dropped.isEmpty { changes.append(.dropMessages(in: key, from: place)) }
    changes += images.map { .putImage(StoredImage($0), in: key) }
    changes.append(.putMessage(StoredMessage(place: place, message: message.stored), in: key))
    if session.mayHaveParts { changes.append(.dropEndedParts(of: key)) }
    changes.append(
      .putGeneration(
        StoredGeneration(
          id: generation.id, session: key, author: generation.principal.storedName, model: generation.model,
          messagePlace: place, messageNumber: message.number, startedAt: generation.startedAt)))
    if let idempotency = request.idempotency {
      if let id = idempotency.formerGeneration { changes.append(.dropIdempotentRequest(generation: id)) }
      changes.append(
        .putIdempotentRequest(
          IdempotentRequest(
            key: idempotency.key.text, owner: idempotency.key.owner.storedName, generation: generation.id,
            digest: idempotency.digest, expiresAt: clock.timestamp().adding(SessionRegistry.idempotencyTime)))
      )
    }
    let bytes = message.size + images.reduce(0) { $0 + $1.bytes.count }
    let digests = images.map(\.digest)
    guard !storage.isRelaxed else {
      return submit(StoreWrite(changes), bytes: bytes, .isDoneLater, for: session, storage) {
        _, session, outcome in
        session?.imagesDidGo(digests, outcome)
      }
    }
    session.activity?.standing = .awaitsStore
    let undo = StoreWrite(before.changes(droppingFrom: place, dropped, in: key))
    submit(StoreWrite(changes), bytes: bytes, .takesBack(by: undo), for: session, storage) {
      registry, session, outcome in
      session?.imagesDidGo(digests, outcome)
      guard let session, session.activity?.generation === generation else { return }
      if outcome == .written { session.mayHaveParts = false }
      registry.beginWasStored(
        outcome == .written, of: generation, message.number, dropped, before, in: session)
    }
  }

  private func beginWasStored(
    _ isStored: Bool, of generation: Generation, _ number: Int, _ dropped: [Message], _ before: TurnUndo,
    in session: Session
  ) {
    if isStored {
      session.activity?.standing = .taken
      session.markStored(number)
      session.activity?.unattendedSince = clock.monotonic()
      tellListeners(of: session, generation)
      keepToShare(of: session)
    } else {
      session.activity?.standing = .refused
      if before.isNew { (session.isStored, session.storedImages) = (false, []) }
      change(session) { $0.takeBack(number, for: dropped) }
      session.title = before.title
      session.lastAuthor = before.lastAuthor
      generation.requestStop(.notStored)
    }
    resumeAcknowledgements(of: session, isTaken: isStored)
    guard let (turn, outcome) = session.activity?.early else { return }
    session.activity?.early = nil
    if isStored, let storage {
      storeEnd(outcome, of: turn, in: session, storage)
    } else {
      conclude(outcome, in: session)
    }
  }

  /// Stores how a turn has ended, and tells it then.
  func storeEnd(
    _ outcome: GenerationOutcome, of turn: Turn, in session: Session, _ storage: SessionStorage
  ) {
    let generation = turn.generation
    let key = session.storeKey
    let answer = append(outcome, of: turn, in: session, isPending: !storage.isRelaxed)
    var changes: [StoreChange] = [.updateSession(session.stored)]
    if let answer {
      changes.append(
        .putMessage(StoredMessage(place: session.messageCount - 1, message: answer.stored), in: key))
    } else if let index = session.messages.lastIndex(where: { $0.number == turn.message.number }) {
      let message = session.messages[index]
      changes.append(
        .putMessage(StoredMessage(place: session.olderMessages + index, message: message.stored), in: key))
    }
    let end = StoredGenerationEnd(
      of: outcome, endedAt: session.updatedAt, lastNumber: generation.log.lastNumber,
      answerPlace: answer.map { _ in session.messageCount - 1 })
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
      registry.conclude(stored == .written ? outcome : .notStored, in: session)
    }
  }

  /// Stores a message whose turn has not begun, with its images.
  func storeMessage(_ message: Message, with images: [TurnImage], in session: Session) {
    guard let storage else { return }
    let key = session.storeKey
    let images = takeUnstoredImages(along: images, in: session)
    session.isStored = true
    let stored = StoredMessage(place: session.messageCount - 1, message: message.stored)
    let changes: [StoreChange] =
      [.putSession(session.stored)] + images.map { .putImage(StoredImage($0), in: key) }
      + [.putMessage(stored, in: key)]
    let digests = images.map(\.digest)
    submit(
      StoreWrite(changes), bytes: message.size + images.reduce(0) { $0 + $1.bytes.count }, .isDoneLater,
      for: session, storage
    ) { _, session, outcome in
      session?.imagesDidGo(digests, outcome)
    }
  }

  /// Stores an image that was given to a session. One in which nothing was said yet is not stored, and its images are with its
  /// first message.
  func store(
    _ image: SessionImage, in session: Session, _ storage: SessionStorage
  ) async throws(TurnError) {
    guard session.isStored, session.storedImages.insert(image.digest).inserted else { return }
    let write = StoreWrite([.putSession(session.stored), .putImage(StoredImage(image), in: session.storeKey)])
    let outcome = await outcome(of: write, .takesBack(by: StoreWrite([])), for: session, storage)
    guard outcome != .written else { return }
    session.storedImages.remove(image.digest)
    throw .notStored
  }

  /// Stores that a history was emptied.
  func storeClearing(of session: Session, _ storage: SessionStorage) async throws(SessionAccessError) {
    // Nothing was ever said in it.
    guard session.isStored else { return }
    let key = session.storeKey
    var changes: [StoreChange] = [
      .dropMessages(in: key, from: 0), .dropImages(in: key, except: session.images.images.map(\.digest)),
      .updateSession(session.stored),
    ]
    session.storedImages.formIntersection(session.images.images.map(\.digest))
    if let message = session.messages.first, session.isGenerating,
      let generation = session.activity?.generation
    {
      changes += [
        .putMessage(StoredMessage(place: 0, message: message.stored), in: key),
        .putGeneration(
          StoredGeneration(
            id: generation.id, session: key, author: generation.principal.storedName, model: generation.model,
            messagePlace: 0, messageNumber: message.number, startedAt: generation.startedAt)),
      ]
    }
    guard await outcome(of: StoreWrite(changes), .isDoneLater, for: session, storage) == .written else {
      throw .store
    }
  }

  /// Stores that a session is deleted. Who asks for it meanwhile waits.
  func storeDeletion(of session: Session, _ storage: SessionStorage) async throws(SessionAccessError) {
    if storage.writer.refusesDeletions { throw .store }
    _ = await isAcknowledged(session)
    guard sessions[session.key] === session, !session.isLeaving else { throw .unknown }
    session.isLeaving = true
    noteRest(of: session)
    let id = session.id
    while gates[id] != nil { await withCheckedContinuation { gates[id]?.append($0) } }
    gates[id] = []
    let outcome = await outcome(
      of: StoreWrite([.deleteSession(session.storeKey)]), .isDoneLater, for: session, storage
    ) { registry, session in
      // It was too late for who has asked.
      if let session { registry.remove(session) }
    }
    session.isLeaving = false
    noteRest(of: session)
    // Behind what the caller does with it.
    defer { executor.queue.async { self.assumeIsolated { $0.deletionDidEnd(of: id) } } }
    guard outcome == .written else { throw .store }
  }

  private func deletionDidEnd(of id: SessionID) {
    openGate(of: id)
    // Its texts may be in checkpoints.
    if counts.runningTurns == 0, !checkpoints.isEmpty { checkpoint() }
  }

  /// Comes back when the turn's message is stored.
  ///
  /// - Throws: ``TurnError/notStored`` where it was not, and the turn was none.
  public func acknowledge(_ turn: Turn) async throws(TurnError) {
    guard turn.awaitsStore, let session = sessions[turn.sessionKey], session.serial == turn.sessionSerial
    else {
      if turn.awaitsStore { throw .sessionDeleted }
      return
    }
    guard session.activity?.generation === turn.generation else { return }
    guard await isAcknowledged(session) else { throw .notStored }
  }

  /// Waits until the message of the session's turn is stored, or is not.
  func isAcknowledged(_ session: Session) async -> Bool {
    switch session.activity?.standing {
    case .taken, nil: return true
    case .refused: return false
    case .awaitsStore: break
    }
    return await withCheckedContinuation { session.activity?.acknowledgements.append($0) }
  }

  func resumeAcknowledgements(of session: Session, isTaken: Bool) {
    let waiting = session.activity?.acknowledgements ?? []
    session.activity?.acknowledgements = []
    for continuation in waiting { continuation.resume(returning: isTaken) }
  }
}

// MARK: - Submitting

extension SessionRegistry {
  typealias Stored = @Sendable (isolated SessionRegistry, Session?, StoreQueue.Outcome) -> Void

  /// Whether so many turns run that one who waits for a moment is likely to meet another: what begins does not wait.
  var hasCompany: Bool { counts.runningTurns >= 32 }

  /// Puts a write behind the others. What became of it is told on the registry's queue, with the session if it is still there:
  /// once, and once more after ``StoreQueue/Outcome/late``.
  func submit(
    _ write: StoreWrite, bytes: Int = 0, _ patience: StoreQueue.Patience, gathers: Bool = false,
    for session: Session, _ storage: SessionStorage, then stored: @escaping Stored = { _, _, _ in }
  ) {
    session.unwritten += 1
    noteRest(of: session)
    let (key, serial) = (session.key, session.serial)
    storage.writer.submit(write, bytes: bytes, patience, gathers: gathers) { outcome in
      // On the writer's thread, which waits: to wake another one costs more than what is done here.
      self.executor.queue.sync {
        self.assumeIsolated { registry in
          let found = registry.sessions[key].flatMap { $0.serial == serial ? $0 : nil }
          if outcome != .late { found?.unwritten -= 1 }
          stored(registry, found, outcome)
          if let found { registry.noteRest(of: found) }
        }
      }
    }
  }

  /// Writes, and waits for what became of it.
  ///
  /// - Parameter later: where it was late: called once it was written.
  private func outcome(
    of write: StoreWrite, _ patience: StoreQueue.Patience, for session: Session, _ storage: SessionStorage,
    later: @escaping @Sendable (isolated SessionRegistry, Session?) -> Void = { _, _ in }
  ) async -> StoreQueue.Outcome {
    await withCheckedContinuation { continuation in
      let isTold = Lock(false)
      submit(write, patience, for: session, storage) { registry, session, outcome in
        let isFirst = isTold.withLock { isTold in
          defer { isTold = true }
          return !isTold
        }
        if isFirst {
          continuation.resume(returning: outcome)
        } else if outcome == .written {
          later(registry, session)
        }
      }
    }
  }
}

extension GenerationOutcome {
  /// The generation was whole, and is not stored in time.
  static let notStored = GenerationOutcome.failed(
    code: "not_stored",
    message:
      "The answer could not be stored in time. It is shown as pending, and stored when that is possible.",
    retryAfter: 5)
}
