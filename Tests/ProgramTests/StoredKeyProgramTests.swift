import Access
import AccessStorage
import GatewayTesting
import Glibc
import SQLiteStore
import Sessions
import System
import Testing

/// Keys in the store of the running program.
@Suite struct StoredKeyProgramTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/gateway.db" }

  private func serve() async throws -> ProgramRun {
    let run = try ProgramRun([
      "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1", "--store", "sqlite:\(path)",
      "--workers", "1",
    ])
    try await run.waitForError("ready")
    return run
  }

  private func key(_ name: String) -> KeyRecord {
    let text = KeyText()
    return KeyRecord(id: text.id, name: name, secret: text.secret, createdAt: .now)
  }

  private func addBeside(_ record: KeyRecord) throws {
    let store = try SQLiteStore.open(path: path, mode: .beside)
    defer { store.close() }
    try AccessEditor(store).perform { (book) throws(AccessError) in try book.add(record) }
  }

  @Test func keysOfAnotherProcessAreSeenWhileItRuns() async throws {
    let run = try await serve()
    try addBeside(key("ci"))
    try await run.waitForError("keys, users or teams were changed outside of this process")
    #expect(run.errors.contains("keys=1"))
    #expect(run.errors.contains(" audit act=key.make by=\"another process\" key="), "\(run.errors)")
    run.signal(SIGKILL)
    _ = run.wait()
    try addBeside(key("other"))
    let store = try SQLiteStore.open(path: path)
    defer { store.close() }
    #expect(try AccessEditor(store).read().storedKeys.count == 2)
  }

  @Test(arguments: [
    ("DELETE FROM access", 64), ("UPDATE api_keys SET document = x'00'", 64), ("DROP TABLE api_keys", 64),
  ])
  func aStoreThatDoesNotSayWhoMayComeInEndsTheStart(_ statement: String, _ code: Int32) async throws {
    try SQLiteStore.open(path: path).close()
    try addBeside(key("ci"))
    try SQLiteShell.run(statement, at: path)
    let run = try await serve()
    #expect(run.wait() == code)
    #expect(run.errors.contains("store: ") && !run.errors.contains("ready"), "\(run.errors)")
  }

  @Test("A database that has vanished is no new one") func vanished() async throws {
    try SQLiteStore.open(path: path).close()
    try addBeside(key("ci"))
    unlink(path)
    let run = try await serve()
    #expect(run.wait() == 64)
    #expect(
      run.errors.contains("is not there, but \(path).lock says that one was made there"), "\(run.errors)")
  }
}
