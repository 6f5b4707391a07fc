import GatewayTesting
import Glibc
import Sessions
import System
import Testing

@testable import SQLiteStore

/// What is opened, what is made, and what is refused in which words.
@Suite struct OpeningTests {
  private let folder = Folder()

  @Test func aNewStoreIsForItsOwnerAlone() throws {
    let mask = umask(0)
    defer { umask(mask) }
    let store = try folder.open()
    try store.makeWriter().put("s1", saying: "Hello")
    #expect(folder.names == ["gateway.db", "gateway.db-wal", "gateway.db-shm", "gateway.db.lock"])
    for name in folder.names {
      #expect(FileStatus.of("\(folder.folder.path)/\(name)")?.mode == 0o600, "\(name)")
    }
    store.close()
    // The log goes with it: what was deleted is nowhere.
    #expect(folder.names == ["gateway.db", "gateway.db.lock"])
    #expect(try folder.texts() == ["Hello"])
  }

  @Test(.enabled(if: geteuid() == 0))
  func whatRootMakesIsTheFoldersOwners() throws {
    chown(folder.folder.path, 65534, 65533)
    let store = try folder.open()
    defer { store.close() }
    try store.makeWriter().put("s1", saying: "Hello")
    #expect(folder.names.count == 4)
    for name in folder.names {
      let status = FileStatus.of("\(folder.folder.path)/\(name)")
      #expect(status?.owner == 65534 && status?.group == 65533, "\(name)")
    }
  }

  /// As `install -m 640 /dev/null gateway.db` makes it.
  @Test func anEmptyFileBecomesAStore() throws {
    _ = folder.folder.file("gateway.db", "")
    chmod(folder.path, 0o640)
    try folder.makeStore()
    #expect(FileStatus.of(folder.path)?.mode == 0o640)
    #expect(try folder.texts() == ["Hello"])
  }

  @Test func whatIsNoDatabaseIsNotTouched() throws {
    for text in ["x", "# a file of some program\n", String(repeating: "SQLite format 3", count: 1000)] {
      _ = folder.folder.file("gateway.db", text)
      #expect(folder.refusal()?.kind == .corrupt)
      #expect(folder.refusal()?.description.contains("is no SQLite database") == true)
      #expect(try folder.bytes() == Array(text.utf8))
      #expect(folder.names == ["gateway.db", "gateway.db.lock"])
    }
  }

  @Test(arguments: ["DELETE", "WAL"])
  func theDatabaseOfAnotherProgramIsNotTouched(_ journal: String) throws {
    _ = folder.folder.file("gateway.db", "")
    try folder.run("PRAGMA journal_mode = \(journal); CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
    let before = try folder.bytes()
    for mode in [SQLiteStore.Mode.service, .beside, .exclusive] {
      #expect(folder.refusal(mode)?.kind == .corrupt)
      #expect(folder.refusal(mode)?.description.contains("of another program") == true)
    }
    #expect(try folder.bytes() == before)
    #expect(folder.names == ["gateway.db", "gateway.db.lock"])
  }

  /// Also where only the log says so, which a newer program has left behind.
  @Test(arguments: [false, true])
  func aNewerStoreIsRefused(_ isInTheLog: Bool) throws {
    try folder.makeStore()
    let raise = "PRAGMA user_version = \(Schema.version + 1)"
    if isInTheLog {
      let before = try folder.bytes()
      try folder.leaveInTheLog(raise)
      #expect(try folder.bytes() == before)
    } else {
      try folder.run(raise)
    }
    for mode in [SQLiteStore.Mode.service, .beside, .exclusive] {
      let error = folder.refusal(mode)
      #expect(error?.kind == .newer)
      #expect(error?.description.contains("version \(Schema.version + 1)") == true)
    }
  }

  /// What does not say whether access is closed does not say that it is open.
  @Test func aStoreWithoutTheStateOfAccessIsDamaged() throws {
    try folder.makeStore()
    try folder.run("DELETE FROM access")
    let store = try folder.open()
    defer { store.close() }
    let reader = try store.makeReader()
    for read in [{ _ = try reader.accessState() }, { _ = try reader.access(limit: 9) }] as [() throws -> Void]
    {
      #expect { try read() } throws: { ($0 as? StoreError)?.kind == .corrupt }
    }
  }

  /// As `restore` of a backup of before the first key puts it there, or whoever copies a file.
  @Test func whatIsPutInThePlaceOfAClosedStoreIsClosed() throws {
    try folder.makeStore()
    let before = try folder.bytes()
    for isNotedWhileItRuns in [true, false] {
      unlink(folder.path + ".lock")
      try Self.write(before, to: folder.path)
      let store = try folder.open()
      #expect(try store.makeReader().accessState().closedSince == nil)
      let errors = try store.makeWriter().commit([
        StoreWrite([.closeAccess(since: Timestamp(millisecondsSince1970: 5))])
      ])
      #expect(errors == [nil])
      if isNotedWhileItRuns { try store.noteClosed() }
      store.close()
      if !isNotedWhileItRuns { try folder.open().close() }
      try Self.write(before, to: folder.path)
      for _ in 0..<2 {
        let other = try folder.open()
        #expect(try other.makeReader().accessState().closedSince != nil)
        #expect(try other.makeReader().sessions(after: nil, limit: 9).count == 1)
        other.close()
      }
    }
  }

  /// What it may have said must not be lost: beside it may lie a database of before the first key.
  @Test(arguments: ["", "garbage", "store 7"])
  func aDamagedLockOpensNothing(_ text: String) throws {
    try folder.makeStore()
    let before = try folder.bytes()
    _ = folder.folder.file("gateway.db.lock", text)
    for mode in [SQLiteStore.Mode.service, .exclusive] {
      let error = folder.refusal(mode)
      #expect(error?.kind == .corrupt && error?.description.contains("delete") == true, "\(error)")
    }
    #expect(throws: StoreError.self) { try SQLiteStore.trial(path: folder.path) }
    let backup = folder.folder.path + "/backup.db"
    try Self.write(before, to: backup)
    #expect(throws: StoreError.self) { try SQLiteStore.restore(from: backup, to: folder.path) }
    #expect(try folder.bytes("gateway.db.lock") == Array(text.utf8) && folder.bytes() == before)
    // A subcommand makes a key beside it all the same, by which nothing is left to be told.
    let beside = try folder.open(.beside)
    try beside.noteClosed()
    #expect(
      try beside.makeWriter().commit([StoreWrite([.closeAccess(since: Timestamp(millisecondsSince1970: 5))])])
        == [nil])
    beside.close()
    _ = folder.folder.file("gateway.db.lock", text)
    let store = try folder.open()
    #expect(store.warnings == [])
    store.close()
    #expect(StoreLockText(try folder.bytes("gateway.db.lock"))?.isClosed == true)
    // Nor does it keep anybody from a backup that is closed.
    try unlinked(backup)
    let again = try folder.open(.beside)
    try again.backup(to: backup)
    again.close()
    unlink(folder.path)
    _ = folder.folder.file("gateway.db.lock", text)
    try SQLiteStore.restore(from: backup, to: folder.path)
    let restored = try folder.open()
    #expect(try restored.makeReader().accessState().closedSince != nil)
    restored.close()
  }

  private func unlinked(_ path: String) throws { try #require(unlink(path) == 0) }

  /// Who says that nobody needs a key there deletes the file.
  @Test func aDamagedLockThatIsDeletedIsNone() throws {
    try folder.makeStore()
    _ = folder.folder.file("gateway.db.lock", "")
    #expect(folder.refusal() != nil)
    unlink(folder.path + ".lock")
    let store = try folder.open()
    #expect(try store.makeReader().accessState().closedSince == nil)
    store.close()
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try FileDescriptor(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try #require(bytes.withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) } == bytes.count)
  }

  @Test func aStoreThatHasVanishedIsMissed() throws {
    try folder.makeStore()
    for isEmpty in [false, true] {
      unlink(folder.path)
      if isEmpty { _ = folder.folder.file("gateway.db", "") }
      let error = folder.refusal()
      #expect(error?.kind == .corrupt)
      #expect(error?.description.contains("restore FILE") == true)
      #expect(error?.description.contains("gateway.db.lock") == true)
    }
    // Who wants a new one says so.
    unlink(folder.path + ".lock")
    try folder.makeStore()
  }

  /// A lock that was emptied, cut off or overwritten may have said so.
  @Test(arguments: ["", "\n", "stor", "store", "store abc", "store abc\nproc", "some text\nof others\n!\n"])
  func aStoreIsMissedAlsoWhereItsLockSaysNothing(_ text: String) throws {
    _ = folder.folder.file("gateway.db.lock", text)
    for _ in 0..<2 {
      let error = folder.refusal()
      #expect(error?.kind == .corrupt)
      #expect(error?.description.contains("is emptied or damaged") == true)
      #expect(error?.description.contains("delete \(folder.path).lock") == true)
      #expect(throws: StoreError.self) { try SQLiteStore.trial(path: folder.path) }
      #expect(try folder.bytes("gateway.db.lock") == Array(text.utf8))
      #expect(FileStatus.of(folder.path) == nil)
    }
    // Where the database is there and has access closed, nothing is missed, and the lock is whole again.
    unlink(folder.path + ".lock")
    try folder.makeStore()
    try folder.run("UPDATE access SET closed_at = 5")
    try folder.open().close()
    let before = try folder.bytes("gateway.db.lock")
    _ = folder.folder.file("gateway.db.lock", text)
    try folder.open().close()
    #expect(try folder.bytes("gateway.db.lock") == before)
  }

  /// The lock's file comes with its first text, so that a start that was killed behind it is no store that was lost.
  @Test func aLockBesideWhichNothingWasMadeIsOfAFirstStart() throws {
    #expect(folder.refusal(.exclusive)?.kind == .unusable)
    #expect(folder.names == ["gateway.db.lock"])
    #expect(try folder.bytes("gateway.db.lock") == Array("made nothing\n".utf8))
    for text in ["made nothing\n", "made nothing\nprocess 77\n", "process 77\n"] {
      for name in folder.names { unlink("\(folder.folder.path)/\(name)") }
      _ = folder.folder.file("gateway.db.lock", text)
      try folder.makeStore()
    }
  }

  @Test func aLogWithoutItsDatabaseIsNotPlayedIntoANewOne() throws {
    _ = folder.folder.file("gateway.db-wal", "something")
    let error = folder.refusal()
    #expect(error?.kind == .corrupt)
    #expect(error?.description.contains("gateway.db-wal") == true)
    #expect(FileStatus.of(folder.path) == nil)
  }

  @Test func whatIsNoFileIsRefused() throws {
    let cases: [(words: String, make: (String) -> Void)] = [
      ("symbolic link", { symlink("/nowhere", $0) }),
      ("symbolic link", { symlink(self.folder.folder.path, $0) }),
      ("is a folder", { mkdir($0, 0o700) }), ("is no file", { mkfifo($0, 0o600) }),
    ]
    for (words, make) in cases {
      make(folder.path)
      for mode in [SQLiteStore.Mode.service, .beside] {
        let error = folder.refusal(mode)
        #expect(error?.kind == .unusable)
        #expect(error?.description.contains(words) == true, "\(words): \(String(describing: error))")
      }
      remove(folder.path)
    }
    #expect(folder.refusal(path: folder.folder.path + "/")?.kind == .unusable)
    #expect(folder.refusal(path: "")?.kind == .unusable)
    #expect(folder.refusal(path: folder.folder.path + "/a\0b")?.kind == .unusable)
  }

  /// The lock's file is made by nobody else either.
  @Test func aLockThatIsNoFileIsRefused() throws {
    symlink("/etc/passwd", folder.path + ".lock")
    #expect(folder.refusal()?.description.contains("gateway.db.lock") == true)
    unlink(folder.path + ".lock")
    mkfifo(folder.path + ".lock", 0o600)
    #expect(folder.refusal()?.description.contains("gateway.db.lock") == true)
  }

  @Test func theFolderIsMadeWhereItIsAskedFor() throws {
    let path = folder.folder.path + "/state/gateway.db"
    #expect(folder.refusal(path: path)?.kind == .unusable)
    #expect(folder.refusal(path: path)?.description.contains("its folder") == true)
    let store = try SQLiteStore.open(path: path, makesFolder: true)
    store.close()
    #expect(FileStatus.of(folder.folder.path + "/state")?.mode == 0o700)
    // None above it.
    #expect(throws: StoreError.self) {
      try SQLiteStore.open(path: folder.folder.path + "/a/b/gateway.db", makesFolder: true)
    }
    for name in ["gateway.db", "gateway.db.lock"] { unlink(folder.folder.path + "/state/" + name) }
    rmdir(folder.folder.path + "/state")
  }

  /// As systemd's DynamicUser has it: the folder is a link to one that only root enters.
  @Test func theFolderMayBeALink() throws {
    try folder.makeStore()
    let link = TemporaryFolder()
    symlink(folder.folder.path, link.path + "/state")
    let store = try SQLiteStore.open(path: link.path + "/state/gateway.db")
    #expect(store.location == folder.path)
    #expect(folder.refusal()?.kind == .taken)
    store.close()
  }

  @Test func besideNothingIsMade() throws {
    for mode in [SQLiteStore.Mode.beside, .exclusive] {
      let error = folder.refusal(mode)
      #expect(error?.kind == .unusable)
      #expect(error?.description.contains("serve makes it") == true)
      #expect(FileStatus.of(folder.path) == nil)
    }
  }

  /// Root may write everywhere: it asks as somebody else.
  @Test(.enabled(if: Privileges.isOwnerOrRunsAsNobody))
  func whatMayNotBeWrittenIsRefused() throws {
    try folder.makeStore()
    for name in ["", "/gateway.db", "/gateway.db.lock"] where geteuid() == 0 {
      chown(folder.folder.path + name, 65534, 65534)
    }
    let other = geteuid() == 0 ? Privileges.asNobody : []
    func line(_ mode: String = "service") throws -> String? {
      try StoreProcess(["open", folder.path, mode], under: other).line()
    }
    #expect(try line() == "open")
    chmod(folder.path, 0o400)
    for mode in ["service", "beside"] {
      #expect(
        try line(mode)?.hasPrefix("readOnly: the store \(folder.path) may not be read and written") == true)
    }
    chmod(folder.path, 0o600)
    chmod(folder.folder.path, 0o500)
    #expect(try line()?.hasPrefix("readOnly: ") == true)
    #expect(try line()?.contains("its folder may not be written") == true)
    chmod(folder.folder.path, 0o700)
    #expect(try line() == "open")
  }
}
