import Access
import Dispatch
internal import System

// What changes goes to the store, and nobody is told of it before it is there.
extension SessionRegistry {
  /// Stores a message whose turn has not begun, with its images.
  func storeMessage(_ message: Message, with images: [TurnImage], in session: Session) {
    guard let storage else { return }
    let key = session.storeKey
    let images = takeUnstoredImages(along: images, in: session)
    let stored = StoredMessage(place: session.messageCount - 1, message: message.stored)
    let changes: [StoreChange] =
      [session.isStored ? .updateSession(session.stored) : .putSession(session.stored)]
      + images.map { .putImage(StoredImage($0), in: key) } + [.putMessage(stored, in: key)]
    session.isStored = true
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
    // One that is being stored may not be, and takes what belongs to it along then.
    _ = await isAcknowledged(session)
    guard session.isStored, session.storedImages.insert(image.digest).inserted else { return }
    let write = StoreWrite([
      .updateSession(session.stored), .putImage(StoredImage(image), in: session.storeKey),
    ])
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
    guard sessions[session.key] === session, !session.isLeaving else {
      throw session.leavesLater ? .store : .unknown
    }
    session.isLeaving = true
    noteRest(of: session)
    let id = session.id
    while gates[id] != nil { await withCheckedContinuation { gates[id]?.append($0) } }
    gates[id] = []
    let outcome = await outcome(
      of: StoreWrite([.deleteSession(session.storeKey)]), .isDoneLater, for: session, storage
    ) { registry, session, outcome in
      // It was too late for who has asked.
      guard let session else { return }
      if outcome == .written { registry.remove(session) } else { registry.stay(session) }
    }
    switch outcome {
    case .written: break
    case .late: session.leavesLater = true
    case .refused, .unavailable: stay(session)
    }
    // Behind what the caller does with it.
    defer { executor.queue.async { self.assumeIsolated { $0.deletionDidEnd(of: id) } } }
    guard outcome == .written else { throw .store }
  }

  /// It is not deleted any more; what has waited for its turn in it begins.
  private func stay(_ session: Session) {
    (session.isLeaving, session.leavesLater) = (false, false)
    if !session.isGenerating { startNext(in: session) }
    noteRest(of: session)
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
    guard await isDecided(session) else { throw .notStored }
  }

  /// Waits until the message of the session's turn is stored, or is not: that does not rest any longer.
  func isAcknowledged(_ session: Session) async -> Bool {
    rouse(session)
    return await isDecided(session)
  }

  private func isDecided(_ session: Session) async -> Bool {
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
    // What is written of one session stays in its order.
    rouse(session)
    beginWrite(in: session)
    storage.writer.submit(
      write, bytes: bytes, patience, gathers: gathers, then: completion(for: session, stored))
  }

  func beginWrite(in session: Session) {
    session.unwritten += 1
    noteRest(of: session)
  }

  func completion(for session: Session, _ stored: @escaping Stored) -> StoreWriter.Completion {
    let (key, serial) = (session.key, session.serial)
    return { outcome in
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
  /// - Parameter later: where it was late: called with what has become of it.
  private func outcome(
    of write: StoreWrite, _ patience: StoreQueue.Patience, for session: Session, _ storage: SessionStorage,
    later: @escaping @Sendable (isolated SessionRegistry, Session?, StoreQueue.Outcome) -> Void = { _, _, _ in
    }
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
        } else {
          later(registry, session, outcome)
        }
      }
    }
  }
}
