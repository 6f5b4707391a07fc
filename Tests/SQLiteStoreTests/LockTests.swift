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
    _ = folder.folder.file("gateway.db.lock", [UInt8](repeating: 0xFF, count: 100_000))
    try folder.makeStore()
    #expect(try folder.bytes("gateway.db.lock").count < 100)
  }
}
