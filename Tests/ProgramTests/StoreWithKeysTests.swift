import GatewayTesting
import Glibc
import PostgreSQLStore
import SQLiteStore
import Sessions
import System
import Testing

/// Back-ups and copies of a store that has keys: whom a gateway lets in that is started on them.
@Suite struct StoreWithKeysTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/gateway.db" }
  private var store: String { "sqlite:\(path)" }

  init() throws { try SQLiteStore.open(path: path).close() }

  @discardableResult
  private func run(_ arguments: String..., at store: String? = nil) throws -> [String] {
    let run = try ProgramRun(arguments + (store.map { ["--store", $0] } ?? []))
    let code = run.wait()
    #expect(code == 0, "\(arguments): \(run.errors)")
    return run.output.split(whereSeparator: \.isNewline).map(String.init)
  }

  /// Makes a key, and returns its text.
  private func addKey(_ name: String) throws -> String {
    try #require(try run("keys", "add", "--name", name, at: store).first)
  }

  private func use(_ keys: [String], of store: any SessionStore) throws {
    let usage = keys.map { key in
      var usage = StoredUsage(StoredUsage.Account(hour: 470_000, key: key, model: "m"))
      usage[.requests] = 3
      return usage
    }
    let counter = StoredCounter(
      subject: "key:\(keys[0])", counter: "tokens/total", window: StoredCounter.endless, amount: 7)
    let flush = StoredUsageFlush(run: 1, number: 1, time: .now, usage: usage, counters: [counter])
    #expect(try store.makeWriter().commit([StoreWrite([.addUsage(flush)])]) == [nil])
  }

  /// Starts a gateway on a store, asks it with each of these keys, and kills it.
  private func statuses(_ store: String, _ keys: [String?]) async throws -> [Int] {
    let gateway = try ProgramRun([
      "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1", "--workers", "1", "--store",
      store,
    ])
    try await gateway.waitForError(" notice gateway: ready ")
    let address = try #require(
      gateway.errors.split(separator: "ready ").last?.split(separator: "127.0.0.1:").dropFirst().first,
      "\(gateway.errors)")
    let port = try #require(UInt16(address.prefix { $0.isNumber }))
    var statuses: [Int] = []
    for key in keys {
      let fields: TestHeaders = key.map { ["Authorization": "Bearer \($0)"] } ?? [:]
      statuses.append(try await TestClient.get(port, "/api/v1/chat/sessions", fields).status)
    }
    gateway.signal(SIGKILL)
    _ = gateway.wait()
    return statuses
  }

  @Test func aBackupHasKeysTeamsAndWhatWasUsed() async throws {
    try run("teams", "add", "red", at: store)
    let key = try addKey("ci")
    let id = try #require(
      try run("keys", "list", "--json", at: store).first.map { try TestJSON($0)["id"].string })
    let beside = try SQLiteStore.open(path: path, mode: .beside)
    try use([try #require(id)], of: beside)
    beside.close()
    let before = try [["keys", "list"], ["teams", "list"]].map { try run($0[0], $0[1], "--json", at: store) }
    let used = try run(
      "usage", "--by", "key", "--from", "2023-08-01", "--to", "2023-09-01", "--format", "json", at: store)
    #expect(used.count == 1)
    let backup = folder.path + "/backup.db"
    try run("backup", backup, at: store)
    try run("keys", "delete", "ci", at: store)
    try run("teams", "delete", "red", at: store)
    let later = try addKey("later")
    try run("restore", backup, at: store)
    #expect(
      try [["keys", "list"], ["teams", "list"]].map { try run($0[0], $0[1], "--json", at: store) } == before)
    #expect(
      try run(
        "usage", "--by", "key", "--from", "2023-08-01", "--to", "2023-09-01", "--format", "json", at: store)
        == used)
    #expect(try await statuses(store, [key, later, nil]) == [200, 401, 401])
  }

  @Test("A backup of before the first key lets nobody in, also where the gateway was killed meanwhile")
  func beforeTheFirstKey() async throws {
    #expect(try await statuses(store, [nil]) == [200])
    let backup = folder.path + "/backup.db"
    try run("backup", backup, at: store)
    let key = try addKey("ci")
    // Killed, it leaves a log that has the key.
    #expect(try await statuses(store, [key, nil]) == [200, 401])
    try run("restore", backup, at: store)
    #expect(try run("keys", "list", "--json", at: store).isEmpty)
    #expect(try await statuses(store, [key, nil]) == [401, 401])
    let other = try addKey("other")
    #expect(try await statuses(store, [other, nil]) == [200, 401])
  }

  @Test func copiesLetInWhoWasLetIn() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    try run("teams", "add", "red", at: store)
    let key = try addKey("ci")
    let source = try SQLiteStore.open(path: path, mode: .beside)
    try use(["a", "b"], of: source)
    source.close()
    let keys = try run("keys", "list", "--json", at: store)
    let copied = try run("store", "copy", store, url)
    #expect(copied.last?.hasSuffix("1 API key, 0 users, 1 team, 3 rows of usage") == true, "\(copied)")
    #expect(try await statuses(url, [key, nil]) == [200, 401])
    #expect(try run("keys", "list", "--json", at: url) == keys)
    let back = "sqlite:\(folder.path)/back.db"
    try run("store", "copy", url, back)
    #expect(try await statuses(back, [key, nil]) == [200, 401])
    #expect(try run("keys", "list", "--json", at: back) == keys)
  }
}
