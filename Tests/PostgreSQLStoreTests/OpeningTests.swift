import GatewayTesting
import Sessions
import System
import Testing

@testable import PostgreSQLStore

@Suite("A store on PostgreSQL is opened") struct OpeningTests {
  @Test func itIsMadeOnceAndOpenedAgain() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    #expect(store.kind == .postgresql)
    #expect(store.location == url)
    #expect(store.warnings.isEmpty)
    #expect(try await TestWriter(store).commit(.putSession(Sample.session("a"))) == nil)
    store.close()
    let again = try await PostgreSQLStore.opened(url)
    let sessions = try await TestReader(again).read { try $0.sessions(after: nil, limit: 10) }
    #expect(sessions == [Sample.session("a")])
    #expect(try await server.query("SELECT epoch FROM ollama_gateway.store", at: url) == "2")
    again.close()
  }

  @Test("A store as the first version left it, with an answer that was running") func theFirstVersion()
    async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let statements = Schema.firstVersion.joined(separator: ";\n")
    try await server.query(
      """
      SET search_path = ollama_gateway;
      \(statements);
      UPDATE store SET version = 1;
      INSERT INTO sessions VALUES ('s1', 'loopback', 'A title', 1, 5, 6, 1, 1, NULL, 1);
      INSERT INTO messages VALUES ('s1', 0, 1, 0, 'alice', 'Hello', NULL, 6, 0, '', NULL, NULL, NULL, NULL, 5);
      INSERT INTO generations VALUES ('g1', 's1', 'loopback', 'm', 0, 1, 6, 0, NULL, NULL, NULL, NULL, NULL, NULL, 1);
      INSERT INTO generation_parts VALUES ('g1', 0, 'some text', '\\x12');
      """, at: url)
    await #expect(throws: StoreError.self) { try await PostgreSQLStore.opened(url, mode: .beside) }
    let store = try await PostgreSQLStore.opened(url)
    let storage = try await TestThread.run { try SessionStorage(store, timeout: .seconds(10)) }
    #expect(try await StoreRecovery.endInterrupted(in: storage) == 1)
    let (texts, parts) = try await storage.readers.read { reader throws(StoreError) in
      let messages = try reader.messages(of: Sample.key("s1"), from: 0, limit: 10, bytes: .max)
      return (messages.map(\.message.content), try reader.parts(of: "g1").map(\.text))
    }
    #expect(texts == ["Hello", "some text"])
    #expect(parts == [Array("some text".utf8)])
    #expect(try await server.query("SELECT count(*) FROM ollama_gateway.checkpoints", at: url) == "0")
    #expect(
      try await server.query("SELECT version FROM ollama_gateway.store", at: url) == "\(Schema.version)")
    await storage.close(within: .seconds(5))
  }

  @Test func aSecondGatewayIsRefused() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    let error = await #expect(throws: StoreError.self) { try await PostgreSQLStore.opened(url) }
    #expect(error?.kind == .taken)
    #expect(error?.description.contains("--store memory") == true)
    #expect(error?.description.contains("process ") == true)
    store.close()
    try await PostgreSQLStore.opened(url).close()
  }

  @Test("Two that start at once: one has it") func race() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    let opened = await withTaskGroup(of: PostgreSQLStore?.self) { group in
      for _ in 0..<6 { group.addTask { try? await PostgreSQLStore.opened(url) } }
      return await group.reduce(into: []) { $0.append($1) }.compactMap(\.self)
    }
    #expect(opened.count == 1)
    for store in opened { store.close() }
  }

  @Test func aNewerStoreIsLeftAlone() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    try await PostgreSQLStore.opened(url).close()
    try await server.query("UPDATE ollama_gateway.store SET version = version + 1", at: url)
    for mode in [PostgreSQLStore.Mode.service, .beside] {
      let error = await #expect(throws: StoreError.self) { try await PostgreSQLStore.opened(url, mode: mode) }
      #expect(error?.kind == .newer)
    }
    #expect(try await server.query("SELECT epoch FROM ollama_gateway.store", at: url) == "1")
  }

  @Test func tablesWithoutKeysAreBroughtUpToDate() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    #expect(try await TestWriter(store).commit(.putSession(Sample.session("a"))) == nil)
    store.close()
    // As they were.
    try await server.query(
      """
      SET search_path = ollama_gateway;
      DROP TABLE access, api_keys, teams, usage_hour, budget_counters, usage_flushes, usage_log, sign_ins, users,
        adoptions;
      UPDATE store SET version = 2;
      """, at: url)
    let error = await #expect(throws: StoreError.self) {
      try await PostgreSQLStore.opened(url, mode: .beside)
    }
    #expect(error?.kind == .unusable)
    for _ in 0..<2 {
      let again = try await PostgreSQLStore.opened(url)
      let reader = try await TestReader(again)
      #expect(try await reader.read { try $0.sessions(after: nil, limit: 9) } == [Sample.session("a")])
      #expect(try await reader.read { try $0.access(limit: 9) } == StoredAccess())
      again.close()
    }
    #expect(
      try await server.query("SELECT version FROM ollama_gateway.store", at: url) == "\(Schema.version)")
  }

  @Test func namesOfUsersBecomeUsers() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    store.close()
    try await server.query(
      """
      SET search_path = ollama_gateway;
      ALTER TABLE access DROP COLUMN last_user;
      DROP TABLE sign_ins, users, usage_log, adoptions;
      UPDATE store SET version = 3;
      \(FormerUsers.keys.map { id, document in
        "INSERT INTO api_keys VALUES ('\(id)', 'k', '\(id)', 1, '\(document)');"
      }.joined())
      INSERT INTO sessions (key, owner, title, created_at, updated_at, message_count, last_number, last_author, epoch) VALUES
        \(FormerUsers.sessions.map { "('\($0.key)', '\($0.owner)', '', 5, 6, 1, 1, '\($0.owner)', 1)" }.joined(separator: ", "));
      INSERT INTO messages (session_key, place, number, role, author, content, created_at, state, images, text_bytes)
        SELECT key, 0, 1, 0, 'a', 'Hello', 6, 1, '', 5 FROM sessions;
      INSERT INTO generations (id, session_key, author, model, message_place, message_number, started_at, state, ended_at,
          last_number, done_reason, epoch)
        SELECT 'g-' || key, key, owner, 'm', 0, 1, 6, 1, 7, 9, 'stop', 1 FROM sessions;
      INSERT INTO images SELECT key, '7', 'image/png', '7' FROM sessions;
      INSERT INTO idempotency SELECT owner, key, 'g-' || key, '7', 9000000000000 FROM sessions;
      """, at: url)
    for _ in 0..<2 {
      let again = try await PostgreSQLStore.opened(url)
      let reader = try await TestReader(again)
      let access = try await reader.read { try $0.access(limit: 9) }
      #expect(access.users.map(\.name) == ["7", "ann"] && access.state.lastUser == 2)
      #expect(access.users.map(\.id) == [1, 2] && access.users.allSatisfy { $0.revision == 1 })
      for user in access.users {
        let document = String(decoding: user.document, as: UTF8.self)
        #expect(document.contains("\"\(user.name)\"") && document.contains("created_at"))
      }
      let sessions = try await reader.read { try $0.sessions(after: nil, limit: 99) }
      #expect(
        sessions.map { "\($0.key) \($0.owner) \($0.lastAuthor ?? "")" }.sorted() == FormerUsers.expected)
      for session in sessions {
        let messages = try await reader.read {
          try $0.messages(of: session.key, from: 0, limit: 9, bytes: 99)
        }
        #expect(messages.count == 1)
        #expect(try await reader.read { try $0.lastGeneration(of: session.key)?.author } == session.owner)
        let list = try await reader.read { try $0.sessions(ownedBy: session.owner, skip: 0, limit: 9) }
        #expect(list.total == sessions.count { $0.owner == session.owner })
      }
      again.close()
    }
    let images =
      "SELECT count(*) FROM ollama_gateway.images JOIN ollama_gateway.sessions ON key = session_key"
    #expect(try await server.query(images, at: url) == "7")
    let requests = try await server.query(
      "SELECT string_agg(DISTINCT owner, ' ' ORDER BY owner) FROM ollama_gateway.idempotency", at: url)
    #expect(
      requests
        == Set(FormerUsers.expected.map { $0.split(separator: " ")[2] }).sorted().joined(separator: " "))
  }

  @Test("What does not say whether access is closed does not say that it is open") func noState() async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    try await server.query("DELETE FROM ollama_gateway.access", at: url)
    let reader = try await TestReader(store)
    let state = await #expect(throws: StoreError.self) { try await reader.read { try $0.accessState() } }
    let all = await #expect(throws: StoreError.self) { try await reader.read { try $0.access(limit: 9) } }
    #expect(state?.kind == .corrupt && all?.kind == .corrupt)
    store.close()
  }

  @Test("Beside a service nothing is made, and nobody kept out") func beside() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let error = await #expect(throws: StoreError.self) {
      try await PostgreSQLStore.opened(url, mode: .beside)
    }
    #expect(error?.kind == .unusable)
    #expect(try await server.query("SELECT to_regnamespace('ollama_gateway') IS NULL", at: url) == "t")
    let store = try await PostgreSQLStore.opened(url)
    let beside = try await PostgreSQLStore.opened(url, mode: .beside)
    let (writer, other) = (try await TestWriter(store), try await TestWriter(beside))
    #expect(try await writer.commit(.putSession(Sample.session("a"))) == nil)
    #expect(try await writer.wasChangedByOthers() == false)
    #expect(try await other.commit(.deleteSession(Sample.key("a"))) == nil)
    #expect(try await writer.wasChangedByOthers())
    #expect(try await writer.wasChangedByOthers() == false)
    #expect(try await writer.commit(.updateSession(Sample.session("a"))) == .sessionIsGone)
    beside.close()
    store.close()
  }

  @Test func anotherEncodingIsRefused() async throws {
    let server = try await PostgreSQLServer.shared
    try await server.query("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    let error = await #expect(throws: StoreError.self) {
      try await PostgreSQLStore.opened(server.url("latin"))
    }
    #expect(error?.kind == .unusable)
    #expect(error?.description.contains("UTF8") == true)
  }

  @Test func aDatabaseThatIsNotThere() async throws {
    let server = try await PostgreSQLServer.shared
    let error = await #expect(throws: StoreError.self) {
      try await PostgreSQLStore.opened(server.url("nowhere"))
    }
    #expect(error?.kind == .unusable)
  }

  @Test func aRoleThatMayMakeNothing() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    try await server.query("CREATE ROLE guest LOGIN")
    let guest = url.replacing("gateway@", with: "guest@")
    let error = await #expect(throws: StoreError.self) { try await PostgreSQLStore.opened(guest) }
    #expect(error?.kind == .unusable)
    #expect(error?.description.contains("permission denied") == true)
  }

  @Test("A role that may make no schema uses the one that was made for it") func ownSchema() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    try await server.query("CREATE ROLE tenant LOGIN")
    try await server.query("CREATE SCHEMA ollama_gateway AUTHORIZATION tenant", at: url)
    let store = try await PostgreSQLStore.opened(url.replacing("gateway@", with: "tenant@"))
    #expect(try await TestWriter(store).commit(.putSession(Sample.session("a"))) == nil)
    store.close()
  }

  @Test func aDatabaseThatMayOnlyBeRead() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let name = try await server.query("SELECT current_database()", at: url)
    try await server.query("ALTER DATABASE \(name) SET default_transaction_read_only = on")
    let error = await #expect(throws: StoreError.self) { try await PostgreSQLStore.opened(url) }
    #expect(error?.kind == .readOnly)
  }

  @Test func nobodyIsThere() async throws {
    let port = try RefusingPort()
    let error = await #expect(throws: StoreError.self) {
      try await PostgreSQLStore.opened("postgresql://u:secret@127.0.0.1:\(port.port)/d")
    }
    #expect(error?.kind == .away)
    #expect(error?.description.contains("secret") == false)
  }

  @Test("A server that takes connections and says nothing is given up for the next one") func silence()
    async throws
  {
    let silent = try SilentPort()
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let both = url.replacing("host=", with: "connect_timeout=2&host=127.0.0.1,") + "&port=\(silent.port),5432"
    try await PostgreSQLStore.opened(both).close()
  }

  @Test("Passwords: none, a wrong one, the right one") func passwords() async throws {
    let server = try await PostgreSQLServer.started(password: "right")
    for password in [nil, "wrong"] as [String?] {
      let error = await #expect(throws: StoreError.self) {
        try await PostgreSQLStore.opened(server.url(), password: password)
      }
      #expect(error?.kind == .unusable, "\(String(describing: error))")
      #expect(error?.description.contains("wrong") != true)
    }
    let store = try await PostgreSQLStore.opened(server.url(), password: "right")
    #expect(!store.location.contains("right"))
    store.close()
    let inside = server.url().replacing("gateway@", with: "gateway:right@")
    let other = try await PostgreSQLStore.opened(inside)
    #expect(!other.location.contains("right"))
    other.close()
  }

  @Test func aServerThatDoesNotSyncIsTold() async throws {
    let server = try await PostgreSQLServer.started(settings: ["fsync": "off"])
    let store = try await PostgreSQLStore.opened(server.url())
    #expect(store.warnings.count == 1)
    #expect(store.warnings.first?.contains("fsync = off") == true)
    store.close()
  }
}
