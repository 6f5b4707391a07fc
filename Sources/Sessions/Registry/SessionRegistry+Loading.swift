import Access
import Budgets
internal import System

// Sessions come into memory when they are asked for, and leave it when they rest: the store has them.
extension SessionRegistry {
  /// How long a session stays in memory that a store keeps.
  static let memoryTime = Duration.seconds(600)
  /// How much of a history comes into memory with its session.
  private static let recent = RecentMessages(messages: 100, bytes: 1 << 20)

  /// Sees to it that the session is in memory that a principal means by an id, if the store has one. Those who ask for one session
  /// come by in the order in which they asked.
  ///
  /// - Throws: ``SessionAccessError/store`` where the store cannot be read.
  func reach(_ id: SessionID, for principal: Principal) async throws(SessionAccessError) {
    guard let storage else { return }
    while true {
      if let session = find(id, as: principal.id), !session.isLeaving || session.leavesLater {
        guard session.isOutdated, !session.isBusy else { return }
        remove(session)
      }
      guard gates[id] != nil else { break }
      await withCheckedContinuation { gates[id]?.append($0) }
    }
    gates[id] = []
    defer { openGate(of: id) }
    // Of two the own one: the other may be its owner's alone.
    let keys = [StoreKey(id, of: principal.id.storedName), StoreKey(id, of: nil)]
    do throws(StoreError) {
      let recent = SessionRegistry.recent
      let found = try await storage.readers.read { reader throws(StoreError) in
        guard let loaded = try reader.session(keys, recent: recent) else {
          return nil as (LoadedSession, [ImageDigest], Generation?)?
        }
        let key = loaded.session.key
        return (loaded, try reader.imageDigests(of: key), try Generation.interrupted(in: key, reader))
      }
      if let (loaded, images, generation) = found { enter(loaded, images, generation) }
    } catch {
      throw .store
    }
  }

  /// The same for a turn, with the images that go along.
  func load(
    _ id: SessionID?, for principal: Principal, images: [TurnImage] = []
  ) async throws(TurnError) {
    guard storage != nil, let id else { return }
    do throws(SessionAccessError) {
      try await reach(id, for: principal)
      guard let session = find(id, as: principal.id), !session.storedImages.isEmpty else { return }
      var wanted = images.map(\.digest)
      let context = session.context(limits: limits).filter { !$0.images.isEmpty }
      for message in context.suffix(limits.imageMessages) { wanted += message.images }
      try await loadImages(wanted, of: session)
    } catch {
      throw .notStored
    }
  }

  /// The same for what adds to a session: not to one that is being deleted.
  ///
  /// - Throws: ``TurnError/notStored`` as well where that takes longer than somebody waits.
  func loadStaying(
    _ id: SessionID?, for principal: Principal, images: [TurnImage] = []
  ) async throws(TurnError) {
    while true {
      try await load(id, for: principal, images: images)
      // It may have begun to leave while its images came.
      guard let id, let session = find(id, as: principal.id), session.isLeaving else { return }
      if session.leavesLater { throw .notStored }
      if Task.isCancelled { throw .cancelled }
    }
  }

  /// Brings images into memory that the store has.
  func loadImages(_ digests: [ImageDigest], of session: Session) async throws(SessionAccessError) {
    guard let storage else { return }
    let missing = Set(digests).filter { session.storedImages.contains($0) && session.images[$0] == nil }
    guard !missing.isEmpty else { return }
    let key = session.storeKey
    do throws(StoreError) {
      for digest in missing {
        let stored = try await storage.readers.read { reader throws(StoreError) in
          try reader.images(of: key, [digest])
        }
        guard let image = stored.first else { continue }
        guard let image = SessionImage(stored: image, limits.imageMemory) else {
          throw StoreError(.away, "no memory")
        }
        use([image], in: session)
      }
    } catch {
      throw .store
    }
  }

  /// Messages that are older than those in memory.
  func olderMessages(
    of session: Session, from place: Int, limit: Int
  ) async throws(SessionAccessError) -> [Message] {
    guard let storage else { return [] }
    let count = min(limit, session.olderMessages - place)
    let (key, bytes) = (session.storeKey, limits.sessionBytes)
    do throws(StoreError) {
      return try await storage.readers.read { reader throws(StoreError) in
        try reader.messages(of: key, from: place, limit: count, bytes: bytes)
      }.map(\.message)
    } catch {
      throw .store
    }
  }

  /// The list of a principal's sessions, as it is stored.
  func storedList(
    as principal: Principal, skip: Int, limit: Int, _ storage: SessionStorage
  ) async throws(SessionAccessError) -> SessionPage? {
    let owner = principal.id.storedName
    await storage.writer.settle()
    let page: (sessions: [StoredSession], total: Int)
    do throws(StoreError) {
      page = try await storage.readers.read { reader throws(StoreError) in
        try reader.sessions(ownedBy: owner, skip: max(0, skip), limit: max(0, limit))
      }
    } catch {
      throw .store
    }
    guard !Task.isCancelled else { return nil }
    let summaries = page.sessions.compactMap { stored -> SessionSummary? in
      guard let id = stored.key.sessionID else { return nil }
      let key = SessionKey(id: id, owner: stored.key.hasOwner ? principal.id : nil)
      return SessionSummary(
        id: id, owner: principal.id, createdAt: stored.createdAt, updatedAt: stored.updatedAt,
        messageCount: stored.messageCount, title: stored.title,
        isGenerating: sessions[key]?.isGenerating ?? false)
    }
    return SessionPage(sessions: summaries, total: page.total)
  }

  /// Drops what rests from memory: others have changed the store. What is busy goes once it rests and is asked for.
  func forgetResting() {
    var candidate = resting.oldest
    while let session = candidate {
      candidate = session.links.newer
      if !session.isBusy { remove(session) }
    }
    for session in sessions.values where session.isBusy { session.isOutdated = true }
  }

  func openGate(of id: SessionID) {
    let waiting = gates.removeValue(forKey: id) ?? []
    for continuation in waiting { continuation.resume() }
  }

  private func enter(_ loaded: LoadedSession, _ images: [ImageDigest], _ generation: Generation?) {
    let stored = loaded.session
    // Whoever asks for a session of an owner that this program does not know is not that owner.
    guard let id = stored.key.sessionID, let owner = Principal.ID(storedName: stored.owner) else { return }
    let key = SessionKey(id: id, owner: stored.key.hasOwner ? owner : nil)
    if let known = sessions[key] {
      // In the store it is somebody else's meanwhile, who is asking.
      guard known.owner != owner, !known.isBusy else { return }
      remove(known)
    }
    // It is in use, whatever the bound says: who uses it goes on.
    if sessions.count >= limits.sessions { _ = evictOldestIdle() }
    let session = Session(
      key: key, serial: nextSerial(), owner: owner, timestamp: stored.createdAt, now: clock.monotonic())
    session.restore(
      loaded, lastAuthor: stored.lastAuthor.flatMap(Principal.ID.init(storedName:)), images: images)
    session.restored = generation
    sessions[key] = session
    noteRest(of: session)
    counts.sessions += 1
    counts.bytes += session.bytes
    while counts.bytes > limits.totalBytes, evictOldestIdle(except: session) {}
    scheduleSweep()
  }
}

extension Session {
  /// By what the store finds it.
  var storeKey: StoreKey { StoreKey(id, of: key.owner?.storedName) }
}

extension SessionImage {
  /// One that a store has; nil where there is no memory for it.
  convenience init?(stored image: StoredImage, _ memory: MemoryBudget?) {
    var hold: MemoryHold?
    if let memory {
      guard let taken = try? MemoryHold(image.bytes.count, of: memory, for: nil) else { return nil }
      hold = taken
    }
    self.init(image.bytes, digest: image.digest, mediaType: image.mediaType, hold: hold)
  }
}
