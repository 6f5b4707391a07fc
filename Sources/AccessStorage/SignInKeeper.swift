package import Access
package import Accounts
package import Sessions
internal import System

/// Keeps who has signed in, in a store and in memory: a sign-in counts once it is stored, and is over once that is. Any thread.
///
/// What others do to users (a password that was changed, a user who was disabled or deleted) is no work for it: sign-ins of an earlier
/// generation, and of users who are not there, are over whatever it has.
package final class SignInKeeper: Sendable {
  /// Nil where nothing is stored: then nobody signs in.
  private let storage: SessionStorage?
  private let table: SignInTable
  /// When rows that are over are deleted again.
  private let cleaningTimes = Lock(CleaningTimes(each: .seconds(3600)))

  /// - Parameter control: what workers ask; its ``AccessControl/signIns`` are filled.
  package init(_ storage: SessionStorage?, for control: AccessControl) {
    self.storage = storage
    table = control.signIns
  }

  /// Whether anybody can sign in.
  package var isStored: Bool { storage != nil }

  /// Reads them all. Once, before anybody is let in.
  package func start() async throws(StoreError) {
    guard let storage else { return }
    let stored = try await storage.readers.read { reader throws(StoreError) in
      try reader.signIns(limit: 2 * SignInTable.limit)
    }
    let documents = AccessDocuments()
    let now = Timestamp.now
    var records: [SignInRecord] = []
    for row in stored {
      let record = try documents.record(of: row)
      if record.lasts(at: now) { records.append(record) }
    }
    table.replaceAll(by: records)
  }

  /// A sign-in, whether it lasts or not.
  package subscript(_ id: SignInID) -> SignInRecord? { table[id] }

  /// Keeps a sign-in. Of one user's of this kind that are too many the one that ends first goes, which was not used for the longest: programs
  /// that sign in end no browser's.
  package func put(_ record: SignInRecord) async throws(AccessError) {
    try await perform { (table) throws(AccessError) in
      var changes: [StoreChange] = []
      let others = table.all(of: record.user).filter { $0.id != record.id && $0.kind == record.kind }
      let surplus = others.prefix(max(0, others.count + 1 - SignInTable.userLimit)).map(\.id)
      guard table.count - surplus.count < SignInTable.limit else {
        throw .tooMany(limit: SignInTable.limit)
      }
      if !surplus.isEmpty { changes.append(.dropSignIns(surplus.map(\.text))) }
      changes.append(.putSignIn(AccessDocuments.stored(record)))
      return Edit(changes: changes, result: ()) {
        for id in surplus { table.remove(id) }
        table.put(record)
      }
    }
  }

  /// Changes a sign-in. One that stays as it is is not written.
  ///
  /// - Parameter edit: what is to become of it; is called on the store's queue, where nobody changes it at the same time.
  /// - Returns: what `edit` has, and the sign-in as it is then; nil where it is over.
  package func change<Result: Sendable>(
    _ id: SignInID, _ edit: @escaping @Sendable (inout SignInRecord) -> Result
  ) async throws(AccessError) -> (result: Result, record: SignInRecord)? {
    try await perform { (table) throws(AccessError) in
      guard let before = table[id], before.lasts(at: .now) else { return Edit(changes: [], result: nil) {} }
      var record = before
      let result = edit(&record)
      let changed = record
      guard changed != before else { return Edit(changes: [], result: (result, changed)) {} }
      return Edit(changes: [.putSignIn(AccessDocuments.stored(changed))], result: (result, changed)) {
        table.put(changed)
      }
    }
  }

  /// Ends sign-ins. Those that are not there have ended.
  package func end(_ ids: [SignInID]) async throws(AccessError) {
    guard !ids.isEmpty else { return }
    try await perform { (table) throws(AccessError) in
      Edit(changes: [.dropSignIns(ids.map(\.text))], result: ()) { for id in ids { table.remove(id) } }
    }
  }

  /// Ends all of a user.
  package func endAll(of user: UserID) async throws(AccessError) {
    try await perform { (table) throws(AccessError) in
      let ids = table.all(of: user).map(\.id)
      return Edit(changes: ids.isEmpty ? [] : [.dropSignIns(ids.map(\.text))], result: ()) {
        for id in ids { table.remove(id) }
      }
    }
  }

  // MARK: Writing

  /// What is written, and what is known once it is.
  private struct Edit<Result: Sendable>: Sendable {
    let changes: [StoreChange]
    let result: Result
    let install: @Sendable () -> Void

    init(changes: [StoreChange], result: Result, _ install: @escaping @Sendable () -> Void) {
      self.changes = changes
      self.result = result
      self.install = install
    }
  }

  /// - Parameter decide: is called on the store's queue, one after the other.
  private func perform<Result: Sendable>(
    _ decide: @escaping @Sendable (SignInTable) throws(AccessError) -> Edit<Result>
  ) async throws(AccessError) -> Result {
    guard let storage else { throw .noStore }
    switch storage.writer.refusal {
    case nil, .full, .busy: break
    case .fails(let error): throw .store(error)
    case .closed: throw .store(StoreError(.away, "the store is closed: the gateway goes down"))
    }
    let outcome: Swift.Result<Result, AccessError>
    do throws(StoreError) {
      outcome = try await storage.writer.ask { writer throws(StoreError) in
        let edit: Edit<Result>
        do throws(AccessError) { edit = try decide(self.table) } catch { return .failure(error) }
        let changes = edit.changes + self.cleaning()
        if !changes.isEmpty {
          switch try writer.commit([StoreWrite(changes)]).first ?? nil {
          case nil: break
          case .conflict, .sessionIsGone: return .failure(.noUser)
          case .refused(let words): throw StoreError(.corrupt, "the store does not take it: \(words)")
          }
        }
        edit.install()
        return .success(edit.result)
      }
    } catch { throw .store(error) }
    return try outcome.get()
  }

  /// Rows that are over, now and then.
  private func cleaning() -> [StoreChange] {
    let now = Timestamp.now
    guard cleaningTimes.withLock({ $0.isDue(at: now, .now) }) else { return [] }
    for id in table.ended(at: now, limit: SignInTable.limit) { table.remove(id) }
    return [.dropOldSignIns(expiredBy: now)]
  }
}
