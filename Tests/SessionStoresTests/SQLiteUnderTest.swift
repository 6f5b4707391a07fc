import GatewayTesting
import SQLiteStore
import Sessions

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
}
