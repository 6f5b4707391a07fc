import Access
import AccessStorage
import CSQLite
import Configuration
import GatewayTesting
import Glibc
import SQLiteStore
import System
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// Whatever becomes of a store or a file of keys while the gateway runs: who was shut out stays so, and who has a key comes in.
@Suite(.serialized) struct ClosedAccessTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/gateway.db" }

  enum Harm: CaseIterable, Sendable {
    case deleted, replaced, emptied, scribbled, tableGone, rowGone, newer, reopened

    func apply(to path: String) throws {
      switch self {
      case .deleted: unlink(path)
      case .replaced:
        unlink(path)
        let file = try #require(fopen(path, "w"))
        fputs("something else", file)
        fclose(file)
      case .emptied: truncate(path, 0)
      case .scribbled:
        let file = try #require(fopen(path, "r+"))
        fputs(String(repeating: "scribble ", count: 10_000), file)
        fclose(file)
      case .tableGone: try Self.run("DROP TABLE api_keys", at: path)
      case .rowGone: try Self.run("DELETE FROM access", at: path)
      case .newer: try Self.run("PRAGMA user_version = 999", at: path)
      // All keys, and that they had closed access.
      case .reopened:
        try Self.run(
          "DELETE FROM api_keys; UPDATE access SET closed_at = NULL, revision = revision + 1", at: path)
      }
    }

    private static func run(_ sql: String, at path: String) throws {
      var connection: OpaquePointer?
      defer { sqlite3_close_v2(connection) }
      try #require(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
      sqlite3_busy_timeout(connection, 10_000)
      // As a subcommand counts it, so that the gateway looks.
      try #require(
        sqlite3_exec(connection, "BEGIN; \(sql); UPDATE store SET edits = edits + 1; COMMIT", nil, nil, nil)
          == SQLITE_OK)
    }
  }

  @Test(arguments: Harm.allCases) func theStore(_ harm: Harm) async throws {
    try await withGateway({ $0.store = .sqlite(path: path) }) { (gateway, _) async throws in
      let administrator = TestKey([.inference, .chat, .modelsRead, .adminRead, .admin])
      try await gateway.gateway.keeper.add(administrator.record)
      let (port, headers) = (gateway.port, administrator.headers)
      try harm.apply(to: path)
      // By a key that is not known the store is asked for at once, and each second by itself.
      for _ in 0..<30 {
        #expect(try await TestClient.get(port, "/api/tags").status == 401)
        #expect([401, 429].contains(try await TestClient.get(port, "/api/tags", TestKey.wrong).status))
        if harm != .reopened {
          #expect(try await TestClient.get(port, "/api/tags", headers).status == 200)
        }
        try await Task.sleep(for: .milliseconds(100))
      }
      var json = headers
      json.add("Content-Type", "application/json")
      let made = try await TestClient.request(
        port, "POST", "/api/v1/admin/keys", json, body: Array(#"{"name":"new"}"#.utf8))
      switch harm {
      case .deleted, .replaced, .tableGone: #expect(made.status == 503, "\(made.text)")
      // The log still has all of it; or nobody needs what is not there.
      case .emptied, .scribbled, .rowGone, .newer: #expect([201, 503].contains(made.status))
      case .reopened: #expect([401, 429].contains(made.status))
      }
      #expect(try await TestClient.get(port, "/api/tags").status == 401)
    }
  }

  @Test(
    "A server of PostgreSQL that hangs, and one that is killed", arguments: [StoreOutage.hangs, .isKilled])
  func theServer(_ outage: StoreOutage) async throws {
    let servers = try await outage.makeServers()
    try await withGateway({
      $0.store = servers.location
      $0.storeTimeout = .seconds(1)
    }) { (gateway, _) async throws in
      let administrator = TestKey([.inference, .chat, .modelsRead, .adminRead, .admin])
      try await gateway.gateway.keeper.add(administrator.record)
      let (port, headers) = (gateway.port, administrator.headers)
      await servers.goAway()
      var json = headers
      json.add("Content-Type", "application/json")
      for _ in 0..<3 {
        #expect(try await TestClient.get(port, "/api/tags").status == 401)
        #expect(try await TestClient.get(port, "/api/tags", TestKey.wrong).status == 401)
        #expect(try await TestClient.get(port, "/api/tags", headers).status == 200)
        let made = try await TestClient.request(
          port, "POST", "/api/v1/admin/keys", json, body: Array(#"{"name":"new"}"#.utf8))
        #expect(made.status == 503)
      }
      try await servers.comeBack()
      try await eventually("keys can be made again") {
        try await TestClient.request(
          port, "POST", "/api/v1/admin/keys", json, body: Array(#"{"name":"new"}"#.utf8)
        ).status == 201
      }
      #expect(try await TestClient.get(port, "/api/tags").status == 401)
    }
  }

  /// A key of the file that has the id of one in the store: that one is let in no more, and the log says which.
  @Test func aKeyThatTheFileShadowsIsToldOf() async throws {
    let (stored, other) = (TestKey(), TestKey())
    let path = folder.path + "/gateway.db"
    let store = try SQLiteStore.open(path: path)
    try AccessEditor(store).perform { (book) throws(AccessError) in try book.add(stored.record) }
    store.close()
    let file = folder.file(
      "shadow.yaml", "- {id: \(stored.record.id), name: ci, hash: \(other.record.secret.hexadecimal)}\n")
    try await withGateway({
      $0.store = .sqlite(path: path)
      $0.keysFile = file
    }) { gateway, _ in
      let refused = try await TestClient.get(gateway.port, "/api/tags", stored.headers)
      #expect(refused.status == 401)
      try await eventually("the log names the key") {
        gateway.log.contains("has the id of a key in the store")
          && gateway.log.contains("key=\(stored.record.id)")
      }
    }
  }

  @Test func theFileOfKeys() async throws {
    let key = TestKey()
    let file = folder.path + "/keys.yaml"
    func write(_ text: String?) throws {
      guard let text else {
        unlink(file)
        return
      }
      let stream = try #require(fopen(file, "w"))
      fputs(text, stream)
      fclose(stream)
    }
    let whole = """
      - id: \(key.record.id)
        name: ci
        hash: \(key.record.secret.hexadecimal)
        scopes: [inference, models.read]

      """
    try write(whole)
    try await withGateway({ $0.keysFile = file }) { (gateway, _) async throws in
      func statuses() async throws -> [Int] {
        [
          try await TestClient.get(gateway.port, "/api/tags").status,
          try await TestClient.get(gateway.port, "/api/tags", key.headers).status,
        ]
      }
      #expect(try await statuses() == [401, 200])
      var configuration = gateway.gateway.live.withLock { $0.configuration }
      // Emptied, half written, of another form and away: the keys before stay.
      for text in ["", String(whole.dropLast(40)), "keys: []", nil] {
        try write(text)
        await #expect(throws: (any Error).self) { try await gateway.gateway.reload(configuration) }
        #expect(try await statuses() == [401, 200], "\(text ?? "none")")
      }
      func audited(_ words: String) async throws {
        try await eventually("\(words) is in the log") {
          gateway.log.contains("by=keys_file") && gateway.log.contains(words)
        }
      }
      try write("[]")
      #expect(try await gateway.gateway.reload(configuration) == ["keys_file"])
      #expect(try await statuses() == [401, 401])
      try await audited("act=key.delete")
      try write(whole)
      #expect(try await gateway.gateway.reload(configuration) == ["keys_file"])
      #expect(try await statuses() == [401, 200])
      try await audited("act=key.make")
      try write(whole.replacing("scopes: [inference, models.read]", with: "scopes: [admin, models.read]"))
      #expect(try await gateway.gateway.reload(configuration) == ["keys_file"])
      try await audited("changed=scopes")
      #expect(gateway.log.contains("key=\(key.record.id)") && !gateway.log.contains(key.text.text))
      #expect(try await gateway.gateway.reload(configuration) == [])
      // Without the setting nobody is let in by the file, and nobody else either.
      configuration.keysFile = nil
      try await gateway.gateway.reload(configuration)
      #expect(try await statuses() == [401, 401])
    }
  }
}
