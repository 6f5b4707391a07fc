import GatewayTesting
import Glibc
import Sessions
import Testing

@testable import SQLiteStore

@Suite struct BackupTests {
  private let folder = Folder()
  private let target = Folder()

  /// What a backup has, once it is put in the place of a store.
  private func texts(ofBackup file: String) throws -> [String] {
    let other = Folder()
    try SQLiteStore.restore(from: file, to: other.path)
    return try other.texts()
  }

  @Test func aBackupHasAllThatWasCommitted() throws {
    let store = try folder.open()
    defer { store.close() }
    let writer = try store.makeWriter()
    try writer.put("s1", saying: "Hello")
    let mask = umask(0)
    try store.backup(to: target.path)
    umask(mask)
    #expect(target.names == ["gateway.db"])
    #expect(FileStatus.of(target.path)?.mode == 0o600)
    // The store goes on, and the backup stays as it is.
    try writer.put("s1 ", saying: "later")
    #expect(try texts(ofBackup: target.path) == ["Hello"])
    #expect(target.names == ["gateway.db"])
  }

  /// It has secrets: not the folder's owner gets it, as a store's files do.
  @Test(.enabled(if: geteuid() == 0))
  func rootsBackupIsRoots() throws {
    try folder.makeStore()
    let store = try folder.open(.beside)
    defer { store.close() }
    chown(target.folder.path, 65534, 65533)
    try store.backup(to: target.path)
    #expect(FileStatus.of(target.path)?.owner == 0)
  }

  @Test func besideAGatewayOrWithoutOne() throws {
    let process = try StoreProcess(["write", folder.path, "0"])
    for number in 0..<20 { #expect(process.line() == "\(number)") }
    let beside = try folder.open(.beside)
    try beside.backup(to: target.path)
    process.kill()
    beside.close()
    let other = Folder()
    try SQLiteStore.restore(from: target.path, to: other.path)
    #expect(try other.texts("killed").count >= 20)
    let alone = try folder.open(.beside)
    defer { alone.close() }
    try alone.backup(to: target.path)
    #expect(target.names == ["gateway.db"])
  }

  @Test func aFileOfItsNameIsReplacedByAWholeBackupOnly() throws {
    try folder.makeStore()
    let store = try folder.open(.beside)
    defer { store.close() }
    _ = target.folder.file("gateway.db", "an older backup")
    try store.backup(to: target.path)
    #expect(try texts(ofBackup: target.path) == ["Hello"])

    // What fails leaves the one that is there, and nothing else.
    let before = try target.bytes()
    unlink(folder.path)
    #expect(throws: StoreError.self) { try store.backup(to: target.path) }
    #expect(try target.bytes() == before)
    #expect(target.names == ["gateway.db"])
  }

  @Test(.enabled(if: Privileges.canMount))
  func aFullDiskLeavesTheOldOne() throws {
    try folder.makeStore(saying: String(repeating: "x", count: 4 << 20))
    let script = """
      mount -t tmpfs -o size=1m tmpfs \(target.folder.path) && echo old > \(target.path) \
      && { "$0" "$@"; cat \(target.path); ls \(target.folder.path); }
      """
    let process = try StoreProcess(
      ["backup", folder.path, target.path], under: ["unshare", "-m", "sh", "-c", script])
    let line = process.line()
    #expect(
      line?.hasPrefix("full: the backup \(target.path) cannot be made: there is no room on the disk: ")
        == true,
      "\(line ?? "")")
    #expect(line?.contains("store") == false, "neither its disk is full nor store_max reached: \(line ?? "")")
    #expect(process.line() == "old")
    #expect(process.line() == "gateway.db")
    let more = process.line()
    #expect(more == nil)
  }

  @Test func theStoreIsNotOverwritten() throws {
    try folder.makeStore()
    let store = try folder.open()
    defer { store.close() }
    let link = TemporaryFolder()
    symlink(folder.folder.path, link.path + "/store")
    for path in [
      folder.path, folder.path + "-wal", folder.path + "-shm", folder.path + ".lock",
      link.path + "/store/gateway.db",
    ] {
      do {
        try store.backup(to: path)
        Issue.record("\(path) was overwritten")
      } catch {
        #expect(error.kind == .unusable)
        #expect(error.description.contains("the store itself"))
      }
    }
    #expect(Glibc.link(folder.path, folder.folder.path + "/other name") == 0)
    #expect(throws: StoreError.self) { try store.backup(to: folder.folder.path + "/other name") }
    #expect(try folder.texts() == ["Hello"])
  }

  @Test func whereItCannotBe() throws {
    try folder.makeStore()
    let store = try folder.open(.beside)
    defer { store.close() }
    symlink("/nowhere", target.folder.path + "/link")
    for path in [
      target.folder.path + "/none/file", target.folder.path, target.folder.path + "/link", "", "/proc/file",
    ] {
      #expect(throws: StoreError.self) { try store.backup(to: path) }
    }
    unlink(target.folder.path + "/link")
    #expect(target.names.isEmpty)
  }
}
