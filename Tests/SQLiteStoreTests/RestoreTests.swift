import GatewayTesting
import Glibc
import Sessions
import System
import Testing

@testable import SQLiteStore

@Suite struct RestoreTests {
  private let folder = Folder()
  private let backups = Folder()

  /// A backup of a store that says "Hello", whose store then says "later" as well.
  private func makeBackup() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    try writer.put("s1", saying: "Hello")
    try store.backup(to: backups.path)
    try writer.put("later", saying: "later")
  }

  /// Why it cannot be restored.
  private func refusal(from file: String? = nil) -> StoreError? {
    do throws(StoreError) {
      try SQLiteStore.restore(from: file ?? backups.path, to: folder.path)
      return nil
    } catch {
      return error
    }
  }

  @Test func whatWasThereIsPutAside() throws {
    try makeBackup()
    chmod(folder.path, 0o640)
    if geteuid() == 0 { chown(folder.path, 65534, 65533) }
    let aside = try #require(try SQLiteStore.restore(from: backups.path, to: folder.path))
    #expect(aside.hasPrefix(folder.path + ".before-restore-2"))
    let status = FileStatus.of(folder.path)
    #expect(status?.mode == 0o640)
    if geteuid() == 0 { #expect(status?.owner == 65534 && status?.group == 65533) }
    #expect(try folder.texts() == ["Hello"])
    #expect(try folder.texts("later") == [])
    // It may be put back the same way.
    try SQLiteStore.restore(from: aside, to: folder.path)
    #expect(try folder.texts("later") == ["later"])
    #expect(folder.names.filter { $0.contains("before-restore") }.count == 2)
  }

  /// A log that is beside a file of its name is played into it, and nothing notices that it was another one's.
  @Test func theLogOfAKilledGatewayGoesWithItsDatabase() throws {
    try makeBackup()
    let process = try StoreProcess(["write", folder.path, "0"])
    for number in 0..<50 { #expect(process.line() == "\(number)") }
    process.kill()
    #expect((FileStatus.of(folder.path + "-wal")?.bytes ?? 0) > 0)

    let aside = try #require(try SQLiteStore.restore(from: backups.path, to: folder.path))
    #expect(FileStatus.of(folder.path + "-wal") == nil)
    let store = try folder.open()
    let writer = try store.makeWriter()
    try writer.put("new", saying: "new")
    let connection = try SQLiteConnection(folder.path, for: .reading, durability: .full)
    #expect(try connection.texts("PRAGMA integrity_check") == ["ok"])
    store.close()
    #expect(try folder.texts() == ["Hello"])
    #expect(try folder.texts("killed") == [])
    #expect(try folder.texts("new") == ["new"])

    // What was put aside is a store with all that was acknowledged.
    let other = try SQLiteStore.open(path: aside, mode: .beside)
    defer { other.close() }
    let killed = StoreKey(stored: "killed")
    #expect(try other.makeReader().messages(of: killed, from: 0, limit: 1000, bytes: .max).count >= 50)
  }

  @Test func notWhileAGatewayRuns() throws {
    try makeBackup()
    let process = try StoreProcess(["open", folder.path, "service"])
    #expect(process.line() == "open")
    let before = folder.names
    #expect(refusal()?.kind == .taken)
    #expect(refusal()?.description.hasSuffix("stop it, restore, and start it again") == true)
    #expect(folder.names == before)
    process.end()
    #expect(refusal() == nil)
  }

  @Test(.enabled(if: Privileges.canMount)) func aFullDiskIsThatOfTheStore() throws {
    try folder.makeStore(saying: String(repeating: "x", count: 4 << 20))
    try makeAnother()
    let disk = TemporaryFolder()
    let script = "mount -t tmpfs -o size=1m tmpfs \(disk.path) && exec \"$0\" \"$@\""
    let process = try StoreProcess(
      ["restore", disk.path + "/gateway.db", backups.path], under: ["unshare", "-m", "sh", "-c", script])
    let line = process.line()
    #expect(
      line?.hasPrefix(
        "full: the store \(disk.path)/gateway.db cannot be restored: there is no room on the disk: ")
        == true, "\(line ?? "")")
  }

  @Test func whatIsNoBackupChangesNothing() throws {
    try makeBackup()
    let before = try (folder.names, folder.bytes())
    let count = try backups.bytes().count
    var cases: [(StoreError.Kind, words: String, make: () throws -> Void)] = [
      (.unusable, "is not there", { unlink(backups.path) }),
      (.unusable, "no file", { mkdir(backups.path, 0o700) }),
      (
        .corrupt, "no SQLite database",
        {
          rmdir(backups.path); _ = backups.folder.file("gateway.db", "")
        }
      ),
      (.corrupt, "no SQLite database", { _ = backups.folder.file("gateway.db", "text") }),
    ]
    cases.append(
      (
        .corrupt, "another program",
        {
          _ = backups.folder.file("gateway.db", "")
          try backups.run("CREATE TABLE theirs (x)")
        }
      ))
    for (kind, words, make) in cases {
      try make()
      let error = refusal()
      #expect(
        error?.kind == kind && error?.description.contains(words) == true,
        "\(words): \(String(describing: error))")
    }
    unlink(backups.path)
    try folder.makeStore()
    try makeAnother()
    try backups.run("PRAGMA user_version = 99")
    #expect(refusal()?.kind == .newer)
    #expect(count > 0)
    #expect(refusal(from: folder.path)?.description.contains("the store itself") == true)
    #expect(folder.names == before.0)
    _ = before.1
  }

  private func makeAnother() throws {
    let store = try folder.open(.beside)
    defer { store.close() }
    try store.backup(to: backups.path)
  }

  /// Its header is sound.
  @Test func aDamagedBackupChangesNothing() throws {
    try folder.makeStore(saying: String(repeating: "Hello", count: 10_000))
    try makeAnother()
    let file = try FileDescriptor(backups.path, O_RDWR)
    let garbage = [UInt8](repeating: 0xA5, count: 4096)
    for page in [3, 5, 9] { #expect(pwrite(file.number, garbage, 4096, off_t(page * 4096)) == 4096) }
    let before = folder.names
    #expect(refusal()?.kind == .corrupt)
    #expect(folder.names == before)
    // Cut off.
    try makeAnother()
    let count = try backups.bytes().count
    #expect(truncate(backups.path, off_t(count / 2)) == 0)
    #expect(refusal()?.kind == .corrupt)
    #expect(folder.names == before)
  }

  @Test func whereNoStoreIs() throws {
    try makeBackup()
    let empty = Folder()
    #expect(try SQLiteStore.restore(from: backups.path, to: empty.path) == nil)
    #expect(FileStatus.of(empty.path)?.mode == 0o600)
    #expect(try empty.texts() == ["Hello"])
    // One that was made and is gone, with a log that is left.
    unlink(empty.path)
    _ = empty.folder.file("gateway.db-wal", "left")
    #expect(empty.refusal()?.kind == .corrupt)
    #expect(try SQLiteStore.restore(from: backups.path, to: empty.path) == nil)
    #expect(try empty.texts() == ["Hello"])
  }

  /// Where it is interrupted between the old and the new one.
  @Test func anInterruptedRestoreIsNoticed() throws {
    try makeBackup()
    #expect(rename(folder.path, folder.path + ".before-restore-20260101T000000Z") == 0)
    let error = folder.refusal()
    #expect(error?.kind == .corrupt)
    #expect(error?.description.contains("restore FILE") == true)
    #expect(refusal() == nil)
    #expect(try folder.texts() == ["Hello"])
  }

  /// A backup of before the first key, in the place of a store whose lock does not say what has become of it.
  @Test func whatWasClosedStaysClosed() throws {
    try makeBackup()
    let store = try folder.open(.beside)
    let errors = try store.makeWriter().commit([
      StoreWrite([.closeAccess(since: Timestamp(millisecondsSince1970: 5))])
    ])
    #expect(errors == [nil])
    store.close()
    let names = folder.names
    unlink(folder.path + ".lock")
    let aside = try #require(try SQLiteStore.restore(from: backups.path, to: folder.path))
    #expect(folder.names == names.union([String(aside.dropFirst(folder.folder.path.count + 1))]))
    let restored = try folder.open()
    #expect(try restored.makeReader().accessState().closedSince != nil)
    restored.close()
    #expect(try folder.texts() == ["Hello"])
  }

  /// One that cannot be read says nothing, and is put aside all the same.
  @Test func whatIsDamagedIsReplaced() throws {
    try makeBackup()
    let file = try FileDescriptor(folder.path, O_RDWR)
    let garbage = [UInt8](repeating: 0xA5, count: 40_000)
    #expect(pwrite(file.number, garbage, garbage.count, 100) == garbage.count)
    try SQLiteStore.restore(from: backups.path, to: folder.path)
    #expect(try folder.texts() == ["Hello"])
  }

  /// A copy of a store's files, with a log that its database does not have yet.
  @Test func aBackupMayHaveALog() throws {
    try folder.makeStore()
    try folder.leaveInTheLog("UPDATE messages SET content = 'of the log'")
    let other = Folder()
    for name in ["gateway.db", "gateway.db-wal"] { _ = backups.folder.file(name, try folder.bytes(name)) }
    try SQLiteStore.restore(from: backups.path, to: other.path)
    #expect(try other.texts() == ["of the log"])
  }
}
