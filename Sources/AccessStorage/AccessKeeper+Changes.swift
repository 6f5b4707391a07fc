package import Access
internal import Accounts
internal import Sessions
internal import System

// Changes of keys, users and teams, each one after the other, and in force as soon as it is stored.
extension AccessKeeper {
  /// Changes keys, users and teams, and comes back when that is stored and in force.
  ///
  /// - Parameter edit: is called on the store's queue, and again on what there is by then where another process was faster.
  package func perform<Result: Sendable>(
    _ edit: @escaping @Sendable (inout AccessBook) throws(AccessError) -> Result
  ) async throws(AccessError) -> Result {
    guard let storage else { throw .noStore }
    for _ in 0..<AccessEditor.tries {
      try checkMayWrite(storage)
      // On the queue of commits, where nothing comes between what is read, written and known then.
      let outcome: Swift.Result<Result?, AccessError>
      do throws(StoreError) {
        outcome = try await storage.writer.ask { writer throws(StoreError) in
          self.perform(edit, by: writer, of: storage)
        }
      } catch { throw .store(error) }
      if let result = try outcome.get() { return result }
      await readAgain()
    }
    throw .contended
  }

  private func checkMayWrite(_ storage: SessionStorage) throws(AccessError) {
    switch storage.writer.refusal {
    // Keys are little: they are not what a store is full of.
    case nil, .full, .busy: return
    case .fails(let error): throw .store(error)
    case .closed: throw .store(StoreError(.away, "the store is closed: the gateway goes down"))
    }
  }

  /// - Returns: nil where another process has changed the same.
  private func perform<Result>(
    _ edit: (inout AccessBook) throws(AccessError) -> Result, by writer: any SessionStoreWriter,
    of storage: SessionStorage
  ) -> Swift.Result<Result?, AccessError> {
    do throws(AccessError) {
      var book = state.withLock { $0.book }
      let result = try edit(&book)
      if !book.hasChanges { return .success(result) }
      // What is being read now may have it, or not.
      state.withLock { $0.edits += 1 }
      let notes = book.notesAlone
      guard try book.commit(by: writer, of: storage.store) else { return .success(nil) }
      install(book, notes)
      return .success(result)
    } catch {
      // It may be written all the same.
      if case .store = error { state.withLock { $0.isStale = true } }
      return .failure(error)
    }
  }

  /// - Parameter notes: what was noted of users, where that is all that was changed: nobody is let in or shut out by it, so that workers
  ///   need not hear of it.
  private func install(_ book: AccessBook, _ notes: [UserRecord]?) {
    let before = state.withLock { state -> AccessBook in
      let before = state.book
      state.edits += 1
      state.book = book
      state.book.takeOver(from: before)
      if let notes { control.note(notes) } else { control.use(state.book.directory) }
      return before
    }
    // What thousands of users take to free is not for who waits for the lock.
    withExtendedLifetime(before) {}
  }

  // MARK: What people ask for

  /// Makes a key; the first one closes access for good.
  package func add(_ record: KeyRecord) async throws(AccessError) {
    try await perform { (book) throws(AccessError) in try book.add(record) }
  }

  /// Changes a key.
  ///
  /// - Returns: the key as it is then.
  @discardableResult
  package func change(
    _ id: KeyID, _ edit: @escaping @Sendable (inout KeyRecord) throws(RecordError) -> Void
  ) async throws(AccessError) -> KeyRecord {
    try await perform { (book) throws(AccessError) in try book.change(id, edit) }
  }

  /// Deletes a key. What it has used stays.
  @discardableResult
  package func delete(_ id: KeyID) async throws(AccessError) -> KeyRecord {
    try await perform { (book) throws(AccessError) in try book.delete(id) }
  }

  /// Makes a user; the first one closes access for good.
  package func add(_ record: UserRecord) async throws(AccessError) {
    try await perform { (book) throws(AccessError) in try book.add(record) }
  }

  /// Changes a user.
  ///
  /// - Returns: the user as he is then.
  @discardableResult
  package func change(
    _ id: UserID, _ edit: @escaping @Sendable (inout UserRecord) throws(RecordError) -> Void
  ) async throws(AccessError) -> UserRecord {
    try await perform { (book) throws(AccessError) in try book.change(id, edit) }
  }

  /// Deletes a user with his keys and sign-ins. What he has used and said stays.
  @discardableResult
  package func delete(_ id: UserID) async throws(AccessError) -> (user: UserRecord, keys: [KeyRecord]) {
    try await perform { (book) throws(AccessError) in try book.delete(id) }
  }

  /// Makes a team, or changes one.
  package func put(_ team: TeamRecord, onlyIfNew: Bool) async throws(AccessError) {
    try await perform { (book) throws(AccessError) in try book.put(team, onlyIfNew: onlyIfNew) }
  }

  /// Changes a team.
  ///
  /// - Returns: the team as it is then.
  @discardableResult
  package func change(
    _ name: TeamName, _ edit: @escaping @Sendable (inout TeamRecord) throws(RecordError) -> Void
  ) async throws(AccessError) -> TeamRecord {
    try await perform { (book) throws(AccessError) in try book.change(name, edit) }
  }

  /// Deletes a team that no key names.
  @discardableResult
  package func delete(_ name: TeamName) async throws(AccessError) -> TeamRecord {
    try await perform { (book) throws(AccessError) in try book.delete(name) }
  }
}
