import GatewayTesting
import Glibc
import PostgreSQLStore
import SQLiteStore
import Testing

/// A store that cannot be had ends the start, with words, and is as it was.
@Suite struct StoreRefusalTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/gateway.db" }

  private func serve(_ store: String) throws -> (code: Int32, errors: String) {
    let run = try ProgramRun([
      "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1", "--workers", "1", "--store",
      store,
    ])
    let code = run.wait()
    return (code, run.errors)
  }

  private static func bytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }

  @Test func aSecondGateway() async throws {
    let first = try SQLiteStore.open(path: path)
    defer { first.close() }
    let refused = try serve("sqlite:\(path)")
    #expect(refused.code == 64)
    for words in [
      "in use by another gateway (process \(getpid()))", "--store memory", "--store sqlite:OTHER",
    ] {
      #expect(refused.errors.contains(words), "\(refused.errors)")
    }
    let url = try await PostgreSQLServer.shared.makeDatabase()
    let held = try await TestThread.run { try PostgreSQLStore.open(url: url) }
    let other = try serve(url)
    #expect(other.code == 64 && other.errors.contains("--store memory"), "\(other.errors)")
    try await TestThread.run { held.close() }
  }

  @Test func aFileThatIsNoStoreOrDamaged() throws {
    let foreign = folder.file("foreign.db", String(repeating: "text ", count: 1000))
    try SQLiteStore.open(path: path).close()
    // All but the header.
    let file = open(path, O_RDWR | O_CLOEXEC)
    let garbage = [UInt8](repeating: 0xA5, count: 60_000)
    #expect(pwrite(file, garbage, garbage.count, 100) == garbage.count)
    close(file)
    for (path, words) in [(foreign, "no SQLite database"), (path, "restore FILE")] {
      let before = Self.bytes(path)
      let refused = try serve("sqlite:\(path)")
      #expect(refused.code == 64 && refused.errors.contains(words), "\(refused)")
      #expect(!refused.errors.contains(" ready ") && Self.bytes(path) == before)
    }
  }

  @Test func aServerThatIsAway() throws {
    let refused = try serve("postgresql://gateway@/chats?host=\(folder.path)")
    #expect(refused.code == 1 && refused.errors.contains("cannot be reached"), "\(refused)")
  }
}
