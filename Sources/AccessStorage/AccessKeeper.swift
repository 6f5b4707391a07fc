package import Access
package import Accounts
package import Sessions
internal import System

/// Keeps keys, users, teams and accounts in a store: reads them at the start and whenever another process has changed them, changes them, and
/// stores what was used each second. Any thread.
///
/// A store that fails opens nothing: what was known stays valid, and closed stays closed, until the store can be read again.
package final class AccessKeeper: Sendable {
  struct State {
    var book = AccessBook()
    /// Goes up with each change that this process makes: what was read before it is not used.
    var edits = 0
    /// Whether the book may not be what the store has.
    var isStale = false
    var isReading = false
    /// Who waits for the next reading, and for the one that is under way.
    var lookers: [CheckedContinuation<Void, Never>] = []
    var served: [CheckedContinuation<Void, Never>] = []
    /// Counts the beginnings and ends of readings.
    var reading = 0
    /// Whether the one that is under way takes too long to be waited for.
    var isSlow = false
    /// No reading begins before.
    var nextReading = MonotonicTime.now
    /// Whether it was told that the store cannot be read.
    var hasFailed = false
    /// Keys of the operator's file that have got a user, to whom it was not seen yet; nil where nothing is to be seen to.
    var ownedKeys: Set<KeyID>?
    var isSeeingToFile = false
    /// Whether it was told that this does not go now.
    var hasToldOfFile = false
    /// Tells digests of models for requests of the log, by their numbers; nil as long as nobody is let in.
    var digests: (@Sendable ([UsageEntry]) async -> [Int64: String])?
    /// Who gives sessions to other owners; nil as long as nobody is let in.
    var registry: SessionRegistry?
    var isFlushing = false
    var hasStopped = false
    /// When counters of windows that have ended are deleted again.
    var cleaningTimes = CleaningTimes(each: .seconds(86_400))
    /// What was used, where nothing is stored.
    var usage = UsageMemory()
  }

  /// Nil where nothing is stored: then keys come from the operator's file alone.
  let storage: SessionStorage?
  let control: AccessControl
  let teller: @Sendable (AccessNote) -> Void
  let state = Lock(State())

  /// - Parameters:
  ///   - control: what workers ask; it gets the keys.
  ///   - teller: is told of what an operator is to know, on no particular thread.
  package init(
    _ storage: SessionStorage?, for control: AccessControl,
    teller: @escaping @Sendable (AccessNote) -> Void = { _ in }
  ) {
    self.storage = storage
    self.control = control
    self.teller = teller
  }

  /// Reads keys, users, teams and what counts toward the budgets of now, and begins to follow changes. Once, before anybody is let in.
  ///
  /// - Parameter fileKeys: those of the operator's file; nil where there is no file.
  /// - Throws: where the store cannot be read: then nobody may be let in.
  package func start(fileKeys: [KeyRecord]?) async throws(StoreError) {
    guard let storage else {
      install(fileKeys: fileKeys)
      return followMemory()
    }
    let now = Timestamp.now
    let (stored, counters) = try await storage.readers.read { reader throws(StoreError) in
      let access = try reader.access(limit: AccessBook.readLimit)
      return (
        access, try reader.counters(of: UsageDocuments.windows(at: now), limit: UsageDocuments.counterLimit)
      )
    }
    let book = try AccessBook(stored, fileKeys: fileKeys)
    control.restore(counters.compactMap(UsageDocuments.count), at: now)
    state.withLock { $0.book = book }
    control.use(book.directory)
    noteClosed(book)
    tellOfShadows()
    await seeToFile(newOwners: [])
    storage.follow { [weak self] wasChanged in self?.tick(wasChanged: wasChanged) }
  }

  /// The operator's file has these keys from now on; nil where there is no file any more.
  ///
  /// - Returns: whether they are others.
  @discardableResult
  package func use(fileKeys: [KeyRecord]?) -> Bool {
    let before = state.withLock { $0.book.fileKeys }
    guard before != fileKeys else { return false }
    let owned = AccessBook.newlyOwned(fileKeys ?? [], since: before ?? [])
    let directory = install(fileKeys: fileKeys)
    let changes = OutsideChange.changes(fromFile: before ?? [], to: fileKeys ?? [])
    teller(.fileChanged(directory, changes: changes.first, count: changes.count))
    tellOfShadows()
    Task { await self.seeToFile(newOwners: owned) }
    return true
  }

  private func tellOfShadows() {
    let shadowed = state.withLock { $0.book.shadowedKeys }
    if !shadowed.isEmpty { teller(.shadowed(shadowed)) }
  }

  @discardableResult
  private func install(fileKeys: [KeyRecord]?) -> KeyDirectory {
    state.withLock { state in
      state.book.use(fileKeys: fileKeys)
      if storage == nil { state.book.addUsersInMemory(at: .now) }
      let directory = state.book.directory
      // In the order of the changes.
      control.use(directory)
      return directory
    }
  }

  /// Stores what was used since the last second, for at most so long. Nothing is stored or read from here on.
  package func stop(within limit: Duration) async {
    let deadline = MonotonicTime.now + limit
    while let flush = control.nextFlush(), storage != nil, MonotonicTime.now < deadline {
      if !state.withLock({ $0.isFlushing }) { await store(flush) }
      try? await Task.sleep(for: .milliseconds(5))
    }
    if storage != nil, control.nextFlush() != nil { teller(.usageGivenUp) }
    // They know this object as well: each would hold the other one for ever, and a registry looks at its store each second.
    let (registry, digests) = state.withLock { state in
      state.hasStopped = true
      defer { (state.registry, state.digests) = (nil, nil) }
      return (state.registry, state.digests)
    }
    withExtendedLifetime((registry, digests)) {}
  }

  // MARK: Each second

  /// Nothing is done where nothing was changed or used.
  private func tick(wasChanged: Bool) {
    if state.withLock({ $0.ownedKeys != nil }) { Task { await self.seeToFile() } }
    let mustRead = state.withLock { state -> Bool in
      if wasChanged { state.isStale = true }
      guard state.isStale, !state.isReading, !state.hasStopped else { return false }
      state.isReading = true
      return true
    }
    if mustRead { Task { await self.readForAll() } }
    guard let flush = control.nextFlush() else { return }
    Task { await self.store(flush) }
  }

  // MARK: In between

  /// From one reading to the next, at least: who guesses keys has the store asked as often, and not for each of them.
  private static let readingInterval = Duration.milliseconds(50)
  /// As long somebody waits for one.
  private static let patience = Duration.seconds(1)
  /// The most who wait for one.
  private static let lookerLimit = 1024

  /// Whether another process may change keys.
  package var isStored: Bool { storage != nil }

  /// Comes back when what another process had changed by now is in force. Where the store fails, or too many wait, at once, and where it
  /// does not answer, after a second.
  package func look() async {
    guard storage != nil else { return }
    await withCheckedContinuation { continuation in
      let (waits, begins) = state.withLock { state in
        guard !state.hasFailed, !state.isSlow, !state.hasStopped, state.lookers.count < Self.lookerLimit
        else {
          return (false, false)
        }
        state.lookers.append(continuation)
        defer { state.isReading = true }
        return (true, !state.isReading)
      }
      if !waits { continuation.resume() }
      if begins { Task { await self.readForAll() } }
    }
  }

  /// Reads for all who wait by then, and again for those who have come meanwhile.
  private func readForAll() async {
    var goesOn = true
    while goesOn {
      let delay = state.withLock { $0.nextReading - .now }
      if delay > .zero { try? await Task.sleep(for: delay) }
      let number = state.withLock { state in
        state.nextReading = .now + Self.readingInterval
        (state.served, state.lookers) = (state.lookers, [])
        state.reading += 1
        return state.reading
      }
      Task {
        try? await Task.sleep(for: Self.patience)
        self.stopWaiting(for: number)
      }
      await readAgain()
      let served = state.withLock { state in
        state.reading += 1
        defer { (state.served, state.isSlow) = ([], false) }
        return state.served
      }
      for looker in served { looker.resume() }
      goesOn = state.withLock { state in
        state.isReading = !state.lookers.isEmpty
        return state.isReading
      }
    }
  }

  /// Whoever waits is told what was known before, if that reading is still under way.
  private func stopWaiting(for reading: Int) {
    let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard state.reading == reading else { return [] }
      state.isSlow = true
      defer { (state.served, state.lookers) = ([], []) }
      return state.served + state.lookers
    }
    for looker in waiting { looker.resume() }
  }

  /// Reads what there is now. Where that is not to be had, what was known stays.
  func readAgain() async {
    guard let storage else { return }
    do throws(StoreError) {
      while true {
        let (edits, revision) = state.withLock { state in
          state.isStale = false
          return (state.edits, state.book.revision)
        }
        let stored = try await storage.readers.read { reader throws(StoreError) -> StoredAccess? in
          try reader.accessState().revision == revision ? nil : try reader.access(limit: AccessBook.readLimit)
        }
        guard let stored else { return recover() }
        let book = try AccessBook(stored)
        if install(book, ifEditsAre: edits) { return recover() }
      }
    } catch {
      let isNew = state.withLock { state in
        state.isStale = true
        defer { state.hasFailed = true }
        return !state.hasFailed
      }
      if isNew { teller(.cannotRead(error)) }
    }
  }

  private func recover() { state.withLock { $0.hasFailed = false } }

  /// - Returns: false where this process has changed something since.
  private func install(_ book: AccessBook, ifEditsAre edits: Int) -> Bool {
    let directories = state.withLock { state -> (before: KeyDirectory, now: KeyDirectory)? in
      guard state.edits == edits else { return nil }
      let before = state.book
      state.book = book
      state.book.takeOver(from: before)
      let directory = state.book.directory
      let known = control.directory.directory
      control.use(directory)
      return (known, directory)
    }
    guard let directories else { return false }
    noteClosed(book)
    let changes = OutsideChange.changes(from: directories.before, to: directories.now)
    teller(.readAgain(directories.now, changes: changes.first, count: changes.count))
    return true
  }

  /// What another process has closed it has noted itself: where that was an older program, or the note was lost, it is made up for here.
  private func noteClosed(_ book: AccessBook) {
    if book.closedSince != nil { _ = try? storage?.store.noteClosed() }
  }
}
