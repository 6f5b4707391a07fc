import GatewayTesting
import PostgreSQLStore
import Sessions

final class PostgreSQLUnderTest: StoreUnderTest {
  private let server: PostgreSQLServer
  private let url: String
  private var postgres: PostgreSQLStore

  init() throws {
    server = try PostgreSQLServer.sharedByTests()
    url = try server.makeDatabase()
    postgres = try PostgreSQLStore.open(url: url)
  }

  deinit { postgres.close() }

  var store: any CopyableStore { postgres }

  func reopen() throws {
    postgres.close()
    postgres = try PostgreSQLStore.open(url: url)
  }

  func openBeside() throws -> any SessionStore { try PostgreSQLStore.open(url: url, mode: .beside) }

  func breakConnections() throws {
    try server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      at: url)
  }
  func rowCounts() throws -> [String: Int] {
    let tables = try server.query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'ollama_gateway'", at: url)
    return try tables.split(separator: "\n").reduce(into: [:]) { counts, table in
      counts[String(table)] = Int(try server.query("SELECT count(*) FROM ollama_gateway.\(table)", at: url))
    }
  }
}
