import Access
import Accounts
import GatewayTesting
import Glibc
import SQLiteStore
import Sessions
import System
import Testing

@testable import AccessStorage

/// That access is closed is noted beside the store before it is: a kill in between opens nothing.
@Suite struct ClosedNoteTests {
  private let folder = TemporaryFolder()

  private func store() throws -> RecordingStore {
    let path = folder.path + "/gateway.db"
    try SQLiteStore.open(path: path).close()
    return RecordingStore(try SQLiteStore.open(path: path, mode: .beside))
  }

  @Test func theNoteComesFirst() throws {
    let store = try store()
    defer { store.close() }
    let editor = try AccessEditor(store)
    try editor.perform { (book) throws(AccessError) in
      try book.put(.sample("team"), onlyIfNew: true)
    }
    #expect(store.events.withLock { $0 } == ["commit"])
    _ = try editor.perform { (book) throws(AccessError) in try book.addUser(UserName("ann")!, at: .now) }
    #expect(store.events.withLock { $0 } == ["commit", "note", "commit"])
  }

  @Test func whatCannotBeNotedIsNotDone() throws {
    let store = try store()
    defer { store.close() }
    store.refusesNotes.withLock { $0 = true }
    let editor = try AccessEditor(store)
    #expect(throws: AccessError.self) {
      try editor.perform { (book) throws(AccessError) in try book.addUser(UserName("ann")!, at: .now) }
    }
    #expect(store.events.withLock { $0 } == [])
    #expect(try editor.read().closedSince == nil)
  }

  /// A full disk, a locked store: a first key that was not made closes nothing. Where somebody else's was made meanwhile, access is closed.
  @Test(arguments: [StoreError.Kind.full, .away, nil], [false, true])
  func whatIsNotDoneLeavesNoNote(_ kind: StoreError.Kind?, isAnothersMade: Bool) throws {
    let store = try store()
    defer { store.close() }
    let path = folder.path + "/gateway.db"
    let failure = RecordingStore.Failure(error: kind.map { StoreError($0, "no") }) {
      guard isAnothersMade else { return }
      let beside = try SQLiteStore.open(path: path, mode: .beside)
      _ = try AccessEditor(beside).perform { (book) throws(AccessError) in try book.add(.sample(1)) }
      beside.close()
    }
    store.failure.withLock { $0 = failure }
    let editor = try AccessEditor(store)
    func add() throws {
      _ = try editor.perform { (book) throws(AccessError) in try book.addUser(UserName("ann")!, at: .now) }
    }
    if kind == nil {
      // Who was slower tries it again.
      try add()
    } else {
      #expect(throws: AccessError.self) { try add() }
    }
    store.close()
    for _ in 0..<2 {
      let next = try SQLiteStore.open(path: path)
      let isClosed = try next.makeReader().accessState().closedSince != nil
      #expect(isClosed == (kind == nil || isAnothersMade))
      #expect(next.warnings == [])
      next.close()
    }
  }

  /// Whose note was found there and taken back by the one that had written it, when that one's first key failed.
  @Test func aNoteThatAnotherTookBackIsMadeAgain() throws {
    let store = try store()
    let path = folder.path + "/gateway.db"
    let other = try SQLiteStore.open(path: path, mode: .beside)
    try other.noteClosed()
    store.failure.withLock { failure in
      failure = RecordingStore.Failure(error: nil, before: { try other.takeBackClosedNote() }, goesOn: true)
    }
    let editor = try AccessEditor(store)
    _ = try editor.perform { (book) throws(AccessError) in try book.addUser(UserName("ann")!, at: .now) }
    #expect(store.events.withLock { $0 } == ["commit"], "noted by the other one")
    other.close()
    store.close()
    #expect(try SQLiteStore.closingWords(path: path) != nil)
  }

  /// A kill between the note and the key: closed, with words.
  @Test func aKillInBetweenLeavesItClosedAndSaysSo() throws {
    let store = try store()
    try store.noteClosed()
    store.close()
    let path = folder.path + "/gateway.db"
    #expect(try SQLiteStore.closingWords(path: path)?.contains("keys add") == true)
    let next = try SQLiteStore.open(path: path)
    #expect(next.warnings.count == 1 && next.warnings[0].contains("auth: open"))
    #expect(try next.makeReader().accessState().closedSince != nil)
    next.close()
    let another = try SQLiteStore.open(path: path)
    #expect(another.warnings == [])
    another.close()
  }

  /// The first key by a subcommand while no service runs; then a backup of before it is put in the store's place.
  @Test func aBackupOfBeforeTheFirstKeyIsClosed() async throws {
    let path = folder.path + "/gateway.db"
    let backup = folder.path + "/backup.db"
    let before = try SQLiteStore.open(path: path)
    try before.backup(to: backup)
    before.close()
    let beside = try SQLiteStore.open(path: path, mode: .beside)
    _ = try AccessEditor(beside).perform { (book) throws(AccessError) in
      try book.addUser(UserName("ann")!, at: .now)
    }
    beside.close()
    #expect(rename(backup, path) == 0)
    let open = try await OpenKeeper(folder)
    #expect(open.control.directory.directory.isClosed)
    await open.close()
  }
}

/// A store that says what is asked of it.
private final class RecordingStore: SessionStore {
  let events = Lock<[String]>([])
  let refusesNotes = Lock(false)
  /// What the next commits end with, and what is done before.
  let failure = Lock<Failure?>(nil)
  private let store: SQLiteStore

  struct Failure: Sendable {
    /// Nil: another one was faster.
    let error: StoreError?
    let before: @Sendable () throws -> Void
    /// Whether it is written all the same.
    var goesOn = false
  }

  init(_ store: SQLiteStore) { self.store = store }

  var kind: StoreKind { store.kind }
  var location: String { store.location }
  func makeReader() throws(StoreError) -> sending any SessionStoreReader { try store.makeReader() }
  func makeWriter() throws(StoreError) -> sending any SessionStoreWriter {
    Writer(try store.makeWriter(), events, failure)
  }
  @discardableResult
  func noteClosed() throws(StoreError) -> Bool {
    if refusesNotes.withLock({ $0 }) { throw StoreError(.readOnly, "no") }
    let isNew = try store.noteClosed()
    if isNew { events.withLock { $0.append("note") } }
    return isNew
  }
  func confirmClosedNote() throws(StoreError) { try store.confirmClosedNote() }
  func takeBackClosedNote() throws(StoreError) { try store.takeBackClosedNote() }
  func close() { store.close() }

  private final class Writer: SessionStoreWriter {
    private let writer: any SessionStoreWriter
    private let events: Lock<[String]>
    private let failure: Lock<Failure?>

    init(_ writer: sending any SessionStoreWriter, _ events: Lock<[String]>, _ failure: Lock<Failure?>) {
      (self.writer, self.events, self.failure) = (writer, events, failure)
    }

    func commit(_ group: [StoreWrite]) throws(StoreError) -> [StoreWriteError?] {
      events.withLock { $0.append("commit") }
      let failure = failure.withLock { failure in
        defer { if failure?.error == nil { failure = nil } }
        return failure
      }
      guard let failure else { return try writer.commit(group) }
      try? failure.before()
      if failure.goesOn { return try writer.commit(group) }
      if let error = failure.error { throw error }
      return [.conflict("another one was faster")]
    }
    func secret(_ name: String, orElse new: [UInt8]) throws(StoreError) -> [UInt8] {
      try writer.secret(name, orElse: new)
    }
    func wasChangedByOthers() throws(StoreError) -> Bool { try writer.wasChangedByOthers() }
    var usedBytes: Int { writer.usedBytes }
  }
}
