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
  private let store: SQLiteStore

  init(_ store: SQLiteStore) { self.store = store }

  var kind: StoreKind { store.kind }
  var location: String { store.location }
  func makeReader() throws(StoreError) -> sending any SessionStoreReader { try store.makeReader() }
  func makeWriter() throws(StoreError) -> sending any SessionStoreWriter {
    Writer(try store.makeWriter(), events)
  }
  func noteClosed() throws(StoreError) {
    if refusesNotes.withLock({ $0 }) { throw StoreError(.readOnly, "no") }
    events.withLock { $0.append("note") }
    try store.noteClosed()
  }
  func close() { store.close() }

  private final class Writer: SessionStoreWriter {
    private let writer: any SessionStoreWriter
    private let events: Lock<[String]>

    init(_ writer: sending any SessionStoreWriter, _ events: Lock<[String]>) {
      (self.writer, self.events) = (writer, events)
    }

    func commit(_ group: [StoreWrite]) throws(StoreError) -> [StoreWriteError?] {
      events.withLock { $0.append("commit") }
      return try writer.commit(group)
    }
    func secret(_ name: String, orElse new: [UInt8]) throws(StoreError) -> [UInt8] {
      try writer.secret(name, orElse: new)
    }
    func wasChangedByOthers() throws(StoreError) -> Bool { try writer.wasChangedByOthers() }
    var usedBytes: Int { writer.usedBytes }
  }
}
