import GatewayTesting
import Sessions
import Testing

@testable import PostgreSQLStore

@Suite("Plans of statements") struct PlanTests {
  /// Parameters that are only good for a plan.
  private static let samples: [String: String] = [
    "session": "'{a,b}', 10, 1000", "sessions_of_owner": "'loopback', 5, 10", "sessions_by_update": "5, 10",
    "sessions_of_addresses": "5, 10", "sessions_by_key": "'a', 10", "messages": "'a', 0, 10, 1000",
    "images": "'a', '{}'", "image_digests": "'a'", "generation": "'g'", "last_generation": "'a'",
    "parts": "'{g}'", "drop_checkpoints": "5",
    "generations_of_session": "'a', 5, 10", "requests": "5, 10", "running_generations": "10",
    "request": "'o', 'k', 5",
    "update_session": "'a', 't', 1, 1, 1, 1, 1, 'o'",
    "drop_requests_of_session": "'a'", "delete_session": "'a'", "drop_messages": "'a', 1",
    "drop_images": "'a', '{}'",
    "end_generation": "'g', 1, 1, 1, 'd', 'c', 'm', 1", "drop_parts": "'g'", "drop_ended_parts": "'a'",
    "append_part": "'g', 0, '', ''", "drop_request": "'g'", "drop_expired_requests": "5",
    "access_state": "", "access": "100", "key": "'k'", "counters": "'{5,6}', 100", "counters_of_all": "100",
    "usage": "5, 9, 24, 1, 0, 0, 1, 'k', NULL, NULL, NULL, 10, 0", "usage_of_all": "5, 'k', '', '', 'm', 100",
    "sessions_of_all": "5, 10", "give_session": "'a', 'o'", "move_messages": "'a', 'b'",
    "move_images": "'a', 'b'",
    "move_generations": "'a', 'b'", "change_key": "'k', 'n', '', 2, ''", "delete_key": "'k'",
    "change_team": "'t', 2, ''", "delete_team": "'t'", "drop_usage": "5", "drop_counters": "'s'",
    "drop_old_counters": "5", "drop_old_flushes": "5", "change_user": "7, 'n', NULL, 2, ''",
    "delete_user": "7", "usage_entries": "5, 9, NULL, NULL, NULL, NULL, 10, 0",
    "usage_entries_of_all": "5, 1, 1, 100", "drop_usage_entries": "5",
    "key_owners": "'key:a', 100", "adoptions": "100", "redirect_adoptions": "'a', 'b'",
    "drop_adoptions_to": "'a'",
    "drop_adoption": "5, 'a'",
    "sign_ins": "100", "drop_sign_ins": "'{a}'", "drop_old_sign_ins": "5",
  ].merging(turns) { $1 }
  private static let turns = Dictionary(
    uniqueKeysWithValues: [WriteStatements.beginTurns, WriteStatements.endTurns, WriteStatements.wholeTurns]
      .map { turns in
        (
          turns.statement.name,
          turns.columns.map { $0.type == .bigint ? "'{1}'" : "'{a}'" }.joined(separator: ", ")
        )
      })
  /// What takes one row by its key, or none, or whole tables of some rows.
  private static let rest: Set = [
    "begin", "end", "hold", "enter_beside", "count_foreign_change", "foreign_changes", "stored_bytes",
    "secret",
    "put_session",
    "put_message", "put_image", "put_generation", "put_request", "secrets", "put_checkpoint",
    "checkpoints", "drop_earlier_checkpoints",
    "copy_session", "add_key",
    "add_team", "put_adoption", "add_user", "reserve_users", "put_sign_in",
    "close_access", "count_access_change", "add_usage", "add_usage_entries",
  ]

  @Test("No statement looks through a table, or sorts what an index has in order") func plans() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    try await server.query(Self.content, at: url)
    let address = try ServerAddress(url, password: nil)
    let statements = ReadStatements.all + WriteStatements.all
    #expect(Set(statements.map(\.name)) == Self.rest.union(Self.samples.keys))
    for mode in ["force_generic_plan", "force_custom_plan"] {
      for statement in statements {
        guard let sample = Self.samples[statement.name] else { continue }
        let plan = try await TestThread.run {
          let connection = try Server(address: address, settings: SessionSettings(isRelaxed: false))
            .connect(preparing: [statement])
          try connection.run([.text("SET plan_cache_mode = \(mode)", [])])
          let result = try connection.run([
            .text("EXPLAIN EXECUTE \(statement.name)\(sample.isEmpty ? "" : "(\(sample))")", [])
          ])[0]
          return (0..<result.rows).map { result.text($0, 0) ?? "" }.joined(separator: "\n")
        }
        #expect(!plan.contains("Seq Scan"), "\(statement.name), \(mode):\n\(plan)")
        #expect(!plan.contains("Incremental Sort"), "\(statement.name), \(mode):\n\(plan)")
        // What was found is put in order: some rows that a limit has let through.
        let sorts = plan.split(separator: "\n").filter { $0.contains("Sort  (") }.count
        let allowed =
          ["session": 2, "sessions_of_owner": 1, "sessions_of_all": 1, "usage": 1][statement.name] ?? 0
        #expect(sorts <= allowed, "\(statement.name), \(mode):\n\(plan)")
      }
    }
    store.close()
  }

  /// So much that a plan for the whole of a table would cost.
  private static let content = """
    SET search_path = ollama_gateway;
    SET session_replication_role = replica;
    INSERT INTO sessions SELECT 's' || n, CASE WHEN n % 2 = 0 THEN 'loopback' ELSE 'address:' || n END, '', NULL, n, n, 1, 1,
      NULL, 1 FROM generate_series(1, 20000) n;
    INSERT INTO messages SELECT 's' || n, m, m + 1, 0, 'u', 'text', NULL, n, 0, '', NULL, NULL, NULL, NULL, 4
      FROM generate_series(1, 5000) n, generate_series(0, 5) m;
    INSERT INTO generations SELECT 'g' || n, 's' || n, 'o', 'm', 0, 1, n, n % 4, n, 1, NULL, NULL, NULL, NULL, 1
      FROM generate_series(1, 20000) n;
    INSERT INTO generation_parts SELECT 'g' || n, 0, 'x', 'x' FROM generate_series(1, 5000) n;
    INSERT INTO checkpoints SELECT 1, n, 'x' FROM generate_series(1, 5000) n;
    INSERT INTO idempotency SELECT 'o', 'k' || n, 'g' || n, '', n FROM generate_series(1, 5000) n;
    INSERT INTO images SELECT 's' || n, 'x', 'image/png', 'x' FROM generate_series(1, 5000) n;
    INSERT INTO owners SELECT owner, count(*) FROM sessions GROUP BY owner;
    INSERT INTO api_keys SELECT 'k' || n, 'n', decode(md5(n::text), 'hex'), 1, 'x' FROM generate_series(1, 5000) n;
    INSERT INTO teams SELECT 't' || n, 1, 'x' FROM generate_series(1, 5000) n;
    INSERT INTO usage_hour SELECT n, 'k' || m, '', '', 'm', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
      FROM generate_series(1, 500) n, generate_series(1, 50) m;
    INSERT INTO usage_log SELECT n, 1, n, 'k' || n % 50, '', '', 'm', '', '', '', '', 200, 1, 1, 1, 1, 1, 1, 1, 1
      FROM generate_series(1, 5000) n;
    INSERT INTO budget_counters SELECT 's' || n, 'c', n % 50, 1 FROM generate_series(1, 5000) n;
    INSERT INTO usage_flushes SELECT n, 1, n FROM generate_series(1, 5000) n;
    ANALYZE;
    """

  @Test("10^5 sessions of one owner: any part of the list is found in the index") func skipping() async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    try await server.query(
      """
      SET search_path = ollama_gateway;
      SET session_replication_role = replica;
      INSERT INTO sessions SELECT 's' || n, 'loopback', '', NULL, n, n, 1, 1, NULL, 1 FROM generate_series(1, 100000) n;
      INSERT INTO owners VALUES ('loopback', 100000);
      """, at: url)
    let reader = try await TestReader(store)
    for skip in [0, 1000, 50_000, 99_995] {
      let page = try await reader.read { reader in
        let page = try reader.sessions(ownedBy: "loopback", skip: skip, limit: 10)
        return (page.sessions.map(\.key.description), page.total)
      }
      #expect(page.0 == (0..<min(10, 100_000 - skip)).map { "s\(100_000 - skip - $0)" })
      #expect(page.1 == 100_000)
    }
    #expect(
      try await reader.read { try $0.sessions(ownedBy: "loopback", skip: 200_000, limit: 10).total }
        == 100_000)
    #expect(try await reader.read { try $0.sessions(ownedBy: "nobody", skip: 0, limit: 10).total } == 0)
    store.close()
  }
}
