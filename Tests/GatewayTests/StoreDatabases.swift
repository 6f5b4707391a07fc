import GatewayTesting

/// Databases for gateways that want an empty store on PostgreSQL. To make one costs more than most tests, and so do its tables: what a
/// stopped gateway gives back is emptied for the next one.
actor StoreDatabases {
  static let shared = StoreDatabases()

  private var starting: Task<PostgreSQLServer, any Error>?
  /// Nobody uses them.
  private var free: [String] = []

  /// The address of one that is empty, or has empty tables.
  func take() async throws -> String {
    let server = try await server()
    guard let address = free.popLast() else { return try await server.makeDatabase() }
    try await server.query(Self.emptying, at: address)
    return address
  }

  /// Its gateway has closed it.
  func giveBack(_ address: String) { free.append(address) }

  /// What is shown of a store here is shown while the machine stays on: none of its tests is about flushes.
  private func server() async throws -> PostgreSQLServer {
    let task = starting ?? Task { try await PostgreSQLServer.started(settings: ["fsync": "off"]) }
    starting = task
    return try await task.value
  }

  /// The tables that have rows from the start get them again.
  private static let emptying = """
    DO $$ DECLARE name text; BEGIN
      SET LOCAL session_replication_role = replica;
      IF to_regclass('ollama_gateway.access') IS NOT NULL THEN
        FOR name IN SELECT tablename FROM pg_tables
          WHERE schemaname = 'ollama_gateway' AND tablename NOT IN ('store', 'counters', 'access')
        LOOP
          EXECUTE format('DELETE FROM ollama_gateway.%I', name);
        END LOOP;
        UPDATE ollama_gateway.counters SET value = 0;
        UPDATE ollama_gateway.access SET closed_at = NULL, revision = 0, last_user = 0;
      END IF;
    END $$
    """
}
