import GatewayTesting
import Glibc
import Sessions
import Testing

@testable import SQLiteStore

/// One process has a store.
@Suite struct LockTests {
  private let folder = Folder()

  @Test func aSecondOneIsRefused() throws {
    let store = try folder.open()
    for mode in [SQLiteStore.Mode.service, .exclusive] {
      let error = folder.refusal(mode)
      #expect(error?.kind == .taken)
      for words in ["(process \(getpid()))", "--store memory", "--store sqlite:OTHER"] {
        #expect(error?.description.contains(words) == true)
      }
    }
    #expect(folder.refusal(.beside) == nil)
    store.close()
    #expect(folder.refusal() == nil)
  }

  @Test func anotherProcessIsRefused() throws {
    let process = try StoreProcess(["open", folder.path, "service"])
    #expect(process.line() == "open")
    #expect(try SQLiteStore.isInUse(path: folder.path))
    let error = folder.refusal()
    #expect(error?.kind == .taken)
    #expect(error?.description.contains("(process \(process.id))") == true)
    #expect(folder.refusal(.beside) == nil)

    let second = try StoreProcess(["open", folder.path, "service"])
    #expect(second.line()?.hasPrefix("taken: ") == true)
    // The question has disturbed nobody.
    #expect(try StoreProcess(["open", folder.path, "beside"]).line() == "open")
    process.end()
    #expect(try !SQLiteStore.isInUse(path: folder.path))
    #expect(folder.refusal() == nil)
  }

  /// As a subcommand has it that makes the store, or restores one.
  @Test(arguments: ["service", "exclusive"]) func oneThatIsHeldForAMomentIsWaitedFor(_ mode: String) throws {
    try folder.open().close()
    let store = try folder.open(.exclusive)
    let process = try StoreProcess(["open", folder.path, mode])
    // It looks for the lock, and finds it held.
    for _ in 0..<60_000 where !Self.hasOpen(folder.path + ".lock", process.id) { usleep(1000) }
    usleep(10_000)
    store.close()
    #expect(process.line() == "open")
    process.end()
    let bytes = try FileDescriptor(folder.path + ".lock", O_RDONLY).read(limit: 4096)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("store ") && !text.contains("use") && !text.contains("process"), "\(text)")
  }

  /// Whether a process that runs has a file open.
  private static func hasOpen(_ path: String, _ process: Int32) -> Bool {
    (3..<64).contains { descriptor in
      var buffer = [CChar](repeating: 0, count: 4096)
      let count = readlink("/proc/\(process)/fd/\(descriptor)", &buffer, buffer.count)
      return count > 0 && path.utf8.elementsEqual(buffer[..<count].map(UInt8.init(bitPattern:)))
    }
  }

  /// The lock of the database itself keeps the second one out.
  @Test func aDeletedLockFileLetsNobodyIn() throws {
    let process = try StoreProcess(["open", folder.path, "service"])
    #expect(process.line() == "open")
    for _ in 0..<2 {
      #expect(unlink(folder.path + ".lock") == 0)
      #expect(try SQLiteStore.isInUse(path: folder.path))
      for mode in [SQLiteStore.Mode.service, .exclusive] {
        let error = folder.refusal(mode)
        #expect(error?.kind == .taken)
        #expect(error?.description.contains("(process \(getpid()))") == false)
      }
      #expect(throws: StoreError.self) { try SQLiteStore.restore(from: folder.path, to: folder.path) }
      #expect(folder.refusal(.beside) == nil)
    }
    process.kill()
    #expect(try !SQLiteStore.isInUse(path: folder.path))
    #expect(folder.refusal() == nil)
  }

  /// Nor a restore, which would put another file in its place.
  @Test func aDeletedLockFileLetsNoBackupIn() throws {
    try folder.makeStore()
    let backup = folder.folder.path + "/backup.db"
    try folder.run("VACUUM INTO '\(backup)'")
    let process = try StoreProcess(["open", folder.path, "service"])
    #expect(process.line() == "open")
    #expect(unlink(folder.path + ".lock") == 0)
    let before = FileStatus.of(folder.path)?.identity
    do throws(StoreError) {
      try SQLiteStore.restore(from: backup, to: folder.path)
      Issue.record("it was restored")
    } catch {
      #expect(error.kind == .taken)
    }
    #expect(FileStatus.of(folder.path)?.identity == before)
    process.end()
    #expect(throws: Never.self) { try SQLiteStore.restore(from: backup, to: folder.path) }
    #expect(folder.refusal() == nil)
  }

  /// In one process as well, where the one that is refused takes no lock of the other's away.
  @Test func aDeletedLockFileInOneProcess() throws {
    let store = try folder.open()
    #expect(unlink(folder.path + ".lock") == 0)
    #expect(folder.refusal()?.kind == .taken)
    #expect(try StoreProcess(["open", folder.path, "service"]).line()?.hasPrefix("taken: ") == true)
    try store.makeWriter().put("s1", saying: "Hello")
    store.close()
    #expect(try folder.texts() == ["Hello"])
  }

  /// What two write at one time is there from both, whoever holds the lock.
  @Test func whoIsBesideItNotesThatAccessIsClosed() throws {
    try folder.makeStore()
    let process = try StoreProcess(["open", folder.path, "service"])
    #expect(process.line() == "open")
    let beside = try folder.open(.beside)
    defer { beside.close() }
    func text() throws -> StoreLockText? { StoreLockText(try folder.bytes("gateway.db.lock")) }
    let before = try #require(try text())
    #expect(before.process == "\(process.id)" && before.store != nil && !before.isClosed)
    for _ in 0..<2 {
      try beside.noteClosed()
      var now = before
      now.isClosed = true
      #expect(try text() == now)
    }
    process.end()
    #expect(try text()?.isClosed == true && text()?.process == nil && text()?.store == before.store)
    // One that somebody has deleted is made anew, with all that it has to say.
    #expect(unlink(folder.path + ".lock") == 0)
    try beside.noteClosed()
    #expect(try text()?.isClosed == true && text()?.store == before.store)
    #expect(FileStatus.of(folder.path + ".lock")?.mode == 0o600)
  }

  @Test func itGoesWithTheProcess() throws {
    let process = try StoreProcess(["open", folder.path, "service"])
    #expect(process.line() == "open")
    process.kill()
    #expect(try !SQLiteStore.isInUse(path: folder.path))
    #expect(folder.refusal() == nil)
  }

  @Test func aProcessBesideHoldsNothing() throws {
    try folder.makeStore()
    let process = try StoreProcess(["open", folder.path, "beside"])
    #expect(process.line() == "open")
    #expect(try !SQLiteStore.isInUse(path: folder.path))
    #expect(folder.refusal() == nil)
  }

  @Test func whatIsNotThereIsNotInUse() throws {
    #expect(try !SQLiteStore.isInUse(path: folder.path))
    #expect(folder.names.isEmpty)
  }

  /// Whatever somebody has written into it.
  @Test func theLocksTextIsNotBelieved() throws {
    try folder.makeStore()
    try folder.run("UPDATE access SET closed_at = 5")
    _ = folder.folder.file("gateway.db.lock", [UInt8](repeating: 0xFF, count: 100_000))
    try folder.open().close()
    #expect(try folder.bytes("gateway.db.lock").count < 100)
  }
}
