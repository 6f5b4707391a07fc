import GatewayTesting
import Glibc
import Sessions
import Testing

@testable import SQLiteStore

final class SQLiteUnderTest: StoreUnderTest {
  private let folder = TemporaryFolder()
  private var sqlite: SQLiteStore

  init() throws { sqlite = try SQLiteStore.open(path: folder.path + "/gateway.db") }

  deinit { sqlite.close() }

  var store: any CopyableStore { sqlite }

  func reopen() throws {
    sqlite.close()
    sqlite = try SQLiteStore.open(path: folder.path + "/gateway.db")
  }

  func openBeside() throws -> any SessionStore {
    try SQLiteStore.open(path: folder.path + "/gateway.db", mode: .beside)
  }

  /// A file does not go away.
  func breakConnections() {}

  func rowCounts() throws -> [String: Int] {
    let connection = try SQLiteConnection(folder.path + "/gateway.db", for: .reading, durability: .full)
    let tables = try connection.texts("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return try tables.reduce(into: [:]) { $0[$1] = try connection.number("SELECT count(*) FROM \($1)") }
  }
  /// The names of the files, and of a backup that is made now, that have a text.
  func filesAndBackup(with text: String) throws -> Set<String> {
    let beside = try SQLiteStore.open(path: folder.path + "/gateway.db", mode: .beside)
    defer { beside.close() }
    try beside.backup(to: folder.path + "/backup.db")
    let pipe = try #require(popen("cd \(folder.path) && grep -laF '\(text)' *", "r"))
    defer { pclose(pipe) }
    var found: Set<String> = []
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), pipe) != nil {
      found.insert(String(decoding: line.prefix { $0 > 31 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    return found
  }
}
