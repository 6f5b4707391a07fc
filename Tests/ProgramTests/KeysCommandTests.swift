import Access
import AccessStorage
import GatewayTesting
import Glibc
import PostgreSQLStore
import SQLiteStore
import Sessions
import System
import Testing

/// `keys`, `teams`, `usage` and `sessions adopt`, as they are called from a shell.
@Suite struct KeysCommandTests {
  private let folder = TemporaryFolder()

  private var path: String { folder.path + "/gateway.db" }
  private var store: [String] { ["--store", "sqlite:\(path)"] }

  init() throws { try SQLiteStore.open(path: path).close() }

  /// - Returns: the exit code, and the lines of standard output and standard error.
  private func run(
    _ arguments: [String], _ more: [String] = []
  ) throws -> (code: Int32, lines: [String], errors: String) {
    let run = try ProgramRun(arguments + store + more)
    let code = run.wait()
    return (code, run.output.split(whereSeparator: \.isNewline).map(String.init), run.errors)
  }

  private func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }

  private func records() throws -> [TestJSON] {
    try run(["keys", "list", "--json"]).lines.map { try TestJSON($0) }
  }

  /// A user, as `users add` makes him.
  private func makeUser(_ name: String) throws {
    let store = try SQLiteStore.open(path: path, mode: .beside)
    defer { store.close() }
    let name = try #require(UserName(name))
    _ = try AccessEditor(store).perform { (book) throws(AccessError) in try book.addUser(name, at: .now) }
  }

  private func withReader<Result>(_ body: (any SessionStoreReader) throws -> Result) throws -> Result {
    let store = try SQLiteStore.open(path: path, mode: .beside)
    defer { store.close() }
    return try body(try store.makeReader())
  }

  @Test func theFirstKeySaysWhoIsShutOut() throws {
    let first = try run(["keys", "add", "--name", "root", "--admin"])
    #expect(first.code == 0 && first.lines.count == 1)
    let key = try #require(KeyText(ours: first.lines[0]))
    #expect(first.errors.contains("made the key \(key.id) (root)\n"))
    #expect(first.errors.contains("open_to: [loopback]") && first.errors.contains("  auth: required\n"))
    #expect(!first.errors.contains(first.lines[0]), "the key alone goes to standard output")
    let stored = try withReader { try $0.access(limit: 10) }
    #expect(stored.state.closedSince != nil && stored.keys.count == 1)
    let document = String(decoding: stored.keys[0].document, as: UTF8.self)
    #expect(!document.contains(first.lines[0].suffix(43)) && document.contains(key.secret.hexadecimal))
    let second = try run(["keys", "add", "--name", "ci"])
    #expect(second.code == 0 && !second.errors.contains("first key"))
  }

  @Test func aKeyWithEverything() throws {
    #expect(try run(["teams", "add", "research", "--tpd", "1000", "--models", "llama3*"]).code == 0)
    try makeUser("ann")
    let added = try run([
      "keys", "add", "--name", "ci", "--models", "llama3*,!*:70b", "--type", "llm_api", "--rpm", "60",
      "--tpm", "1000",
      "--rpd", "7", "--tpd", "8", "--concurrent", "2", "--streams", "3", "--websockets", "4",
      "--budget", "1000000tokens/month", "--budget", "60gpu_seconds/day", "--team", "research", "--user",
      "ann",
      "--label", "contact=bob", "--priority", "batch", "--weight", "7", "--expires", "90d", "--allowed-ip",
      "10.0.0.0/8",
      "--may-act-for-users",
    ])
    #expect(added.code == 0)
    let key = try #require(try records().first)
    #expect(key["name"] == "ci" && key["scopes"] == .array(["inference", "models.read"]))
    #expect(
      key["models"] == .array(["llama3*", "!*:70b"]) && key["team"] == "research" && key["user"] == "ann")
    #expect(
      key["limits"]["rpm"] == 60 && key["limits"]["websockets"] == 4 && key["labels"]["contact"] == "bob")
    #expect(key["limits"]["budgets"].array.count == 2 && key["priority"] == "batch" && key["weight"] == 7)
    #expect(key["allowed_ips"] == .array(["10.0.0.0/8"]) && key["may_act_for_users"] == true)
    let shown = try run(["keys", "show", "ci"])
    #expect(shown.lines.contains { $0.contains("rpm=60") && $0.contains("1000000tokens/month") })
    #expect(try run(["keys", "list", "--team", "research"]).lines.count == 2)
    #expect(try run(["keys", "list", "--team", "other"]).lines.count == 1)
  }

  @Test func aKeyFromItsMakingToItsEnd() throws {
    let text = try run(["keys", "add", "--name", "ci", "--rpm", "60"]).lines[0]
    let id = try #require(KeyText(ours: text)).id.text
    #expect(try run(["keys", "disable", "ci"]).code == 0)
    #expect(try records()[0]["status"] == "disabled")
    #expect(try run(["keys", "enable", id]).code == 0)
    #expect(try run(["keys", "set", id, "--tpm", "9", "--name", "build"]).code == 0)
    let changed = try records()[0]
    #expect(changed["name"] == "build" && changed["limits"]["rpm"] == 60 && changed["limits"]["tpm"] == 9)
    #expect(try run(["keys", "set", "build", "--no-limits", "--rpd", "3"]).code == 0)
    #expect(try records()[0]["limits"].keys == ["rpd"])
    let rotated = try run(["keys", "rotate", "build", "--grace", "1h"])
    #expect(rotated.code == 0 && rotated.lines[0] != text && rotated.errors.contains("valid until"))
    #expect(KeyText(ours: rotated.lines[0])?.id.text == id)
    #expect(try run(["keys", "delete", "build"]).code == 0)
    #expect(try records().isEmpty)
    #expect(try withReader { try $0.accessState().closedSince } != nil, "it stays closed")
    let gone = try run(["keys", "show", text])
    #expect(gone.code == 1 && !gone.errors.contains(text.suffix(43)))
  }

  @Test func aKeyThatWasMadeElsewhere() throws {
    let file = folder.path + "/key"
    try write("sk-1234567890123456789012345678901234\n", to: file)
    let added = try run(["keys", "add", "--name", "old", "--custom-key-file", file])
    // Who has brought it knows it.
    #expect(added.code == 0 && added.lines.isEmpty && !added.errors.contains("sk-1234567890"))
    #expect(try records()[0]["custom"] == true)
    #expect(try run(["keys", "add", "--name", "again", "--custom-key-file", file]).code == 1)
    try write("short", to: file)
    #expect(try run(["keys", "add", "--name", "bad", "--custom-key-file", file]).code == 64)
    #expect(try run(["keys", "add", "--name", "bad", "--custom-key-file", file + ".none"]).code == 64)
  }

  @Test(arguments: [
    ["keys", "add"], ["keys", "add", "--name", ""], ["keys", "add", "--name", "n", "--rpm", "0"],
    ["keys", "add", "--name", "n", "--rpm", "x"], ["keys", "add", "--name", "n", "--budget", "1euro/month"],
    ["keys", "add", "--name", "n", "--scopes", "root"], ["keys", "add", "--name", "n", "--type", "god"],
    ["keys", "add", "--name", "n", "--admin", "--type", "default"],
    ["keys", "add", "--name", "n", "--expires", "soon"],
    ["keys", "add", "--name", "n", "--allowed-ip", "10.0.0.1/8"],
    ["keys", "add", "--name", "n", "--weight", "0"],
    ["keys", "add", "--name", "n", "--priority", "now"], ["keys", "add", "--name", "n", "--label", "x"],
    ["keys", "add", "--name", "n", "--models", "a b"], ["keys", "add", "--name", "n", "--user", "a b"],
    ["keys", "add", "--name", "n", "--team", "none"], ["keys", "rotate", "n", "--grace", "91d"],
    ["keys", "nonsense"], ["teams", "add", "a b"], ["teams", "add", "t", "--rpm", "0"],
    ["usage", "--by", "colour"], ["usage", "--from", "yesterday"],
    ["usage", "--from", "2026-02-01", "--to", "2026-01-01"],
    ["usage", "--format", "xml"],
  ]) func aWrongCallIs64(_ arguments: [String]) throws {
    let result = try run(arguments)
    #expect(result.code == 64 && result.lines.isEmpty, "\(result.errors)")
  }

  @Test func nothingIsStoredInMemory() throws {
    let run = try ProgramRun(["keys", "add", "--name", "n", "--store", "memory"])
    #expect(run.wait() == 64)
    #expect(run.errors.contains("keys come from keys_file alone"))
  }

  @Test func teamsFromTheirMakingToTheirEnd() throws {
    #expect(try run(["teams", "add", "research", "--rpm", "7"]).code == 0)
    #expect(try run(["teams", "add", "research"]).code == 1)
    #expect(try run(["keys", "add", "--name", "k", "--team", "research"]).code == 0)
    #expect(try run(["teams", "set", "research", "--tpm", "9", "--models", "llama3*"]).code == 0)
    let team = try TestJSON(try run(["teams", "list", "--json"]).lines.first ?? "")
    #expect(team["limits"]["rpm"] == 7 && team["limits"]["tpm"] == 9 && team["keys"] == 1)
    #expect(try run(["teams", "set", "research", "--no-limits", "--all-models"]).code == 0)
    #expect(try run(["teams", "delete", "research"]).code == 1)
    #expect(try run(["keys", "delete", "k"]).code == 0)
    #expect(try run(["teams", "delete", "research"]).code == 0)
    #expect(try run(["teams", "delete", "research"]).code == 1)
  }

  @Test func whatWasUsed() throws {
    let text = try run(["keys", "add", "--name", "=ci"]).lines[0]
    let id = try #require(KeyText(ours: text)).id.text
    do {
      let store = try SQLiteStore.open(path: path)
      defer { store.close() }
      var sums: [StoredUsage] = []
      for (hour, model) in [(490_000, "a:1b"), (490_001, "a:1b"), (490_001, "b:1b")] {
        var usage = StoredUsage(StoredUsage.Account(hour: hour, key: id, user: "ann", model: model))
        usage[.requests] = 2
        usage[.outputTokens] = 100
        usage[.evalTime] = 1_500_000
        sums.append(usage)
      }
      // What was counted of no known model first, and is a model's own by now: the row tells nothing, and is not shown.
      sums.append(StoredUsage(StoredUsage.Account(hour: 490_001, key: id, user: "ann", model: "_unknown")))
      let flush = StoredUsageFlush(run: 1, number: 1, time: .now, usage: sums)
      #expect(try store.makeWriter().commit([StoreWrite([.addUsage(flush)])]) == [nil])
    }
    let span = ["--from", "2025-11-01", "--to", "2026-01-01"]
    let rows = try run(["usage", "--by", "key,model", "--format", "json"] + span).lines.map {
      try TestJSON($0)
    }
    #expect(rows.count == 2 && rows[0]["key"].string == id && rows[0]["key_name"] == "=ci")
    #expect(rows[0]["model"] == "a:1b" && rows[0]["requests"] == 4 && rows[0]["gpu_seconds"].number == 3)
    let csv = try run(["usage", "--by", "key", "--format", "csv"] + span).lines
    #expect(csv.count == 2 && csv[0].hasPrefix("key,key_name,requests,failures,"))
    #expect(csv[1].hasPrefix("\(id),'=ci,6,0,0,0,300,4.5,"), "\(csv[1])")
    let table = try run(["usage", "--by", "hour,user"] + span).lines
    #expect(table.count == 3 && table[0].hasPrefix("USER") && table[1].contains("2025-11-24T16:00:00Z"))
    #expect(try run(["usage", "--by", "none", "--format", "json"] + span).lines.count == 1)
    #expect(try run(["usage", "--key", "other", "--format", "json"] + span).lines.isEmpty)
  }

  @Test func aKeyTakesOverTheSessionsOfThisMachine() throws {
    let unknown = try run(["keys", "add", "--name", "ann", "--user", "ann"])
    #expect(unknown.code == 64 && unknown.errors.contains("a user that there is"))
    try makeUser("ann")
    let text = try run(["keys", "add", "--name", "ann", "--user", "ann"]).lines[0]
    #expect(KeyText(ours: text) != nil)
    do {
      let store = try SQLiteStore.open(path: path)
      defer { store.close() }
      let time = Timestamp.now
      let sessions = [
        ("s1", "loopback"), ("tour@loopback", "loopback"), ("tour@user:1", "user:1"), ("s2", "cookie:1"),
      ]
      let writes = sessions.map { key, owner in
        StoreWrite([
          .putSession(
            StoredSession(key: StoreKey(stored: key), owner: owner, createdAt: time, updatedAt: time))
        ])
      }
      #expect(try store.makeWriter().commit(writes).allSatisfy { $0 == nil })
    }
    let adopted = try run(["sessions", "adopt", "--key", "ann"])
    #expect(adopted.code == 0 && adopted.lines == ["2 sessions are the key's now"])
    let owned = try withReader {
      try $0.sessions(ownedBy: "user:1", skip: 0, limit: 10).sessions.map(\.key.description)
    }
    #expect(owned.count == 3 && owned.contains("s1") && owned.contains("tour@user:1"))
    #expect(try withReader { try $0.sessions(ownedBy: "loopback", skip: 0, limit: 10).total } == 0)
    #expect(
      try run(["sessions", "adopt", "--key", "ann", "--owner", "cookie:1"]).lines == [
        "1 session is the key's now"
      ])
    #expect(try run(["sessions", "adopt", "--key", "nobody"]).code == 1)
    // A user takes them over without a key, however he is named.
    #expect(try run(["users", "set", "ann", "--email", "ann@example.org"]).code == 0)
    for user in ["ann", "1", "user:1", "Ann@example.org"] {
      #expect(
        try run(["sessions", "adopt", "--user", user, "--owner", "cookie:1"]).lines == [
          "0 sessions are the user's now"
        ])
      // A key is said to be his as well.
      #expect(try run(["keys", "set", "ann", "--no-user"]).code == 0)
      #expect(try run(["keys", "set", "ann", "--user", user]).code == 0, "\(user)")
      #expect(try run(["keys", "list", "--user", user]).lines.count == 2, "\(user)")
    }
    #expect(try run(["sessions", "adopt", "--user", "nobody"]).code == 1)
    #expect(try run(["sessions", "adopt"]).code == 64)
    #expect(try run(["sessions", "adopt", "--user", "ann", "--key", "ann"]).code == 64)
  }

  @Test func aKeyThatIsGivenAUserTakesItsSessionsToHim() throws {
    let text = try run(["keys", "add", "--name", "ann"]).lines[0]
    let id = try #require(KeyText(ours: text)).id
    try makeUser("ann")
    do {
      let store = try SQLiteStore.open(path: path)
      defer { store.close() }
      let session = StoredSession(
        key: StoreKey(stored: "tour@key:\(id)"), owner: "key:\(id)", createdAt: .now, updatedAt: .now)
      #expect(try store.makeWriter().commit([StoreWrite([.putSession(session)])]) == [nil])
    }
    let given = try run(["keys", "set", "ann", "--user", "ann"])
    #expect(
      given.code == 0 && given.errors.contains("1 session of the key is its user's now"), "\(given.errors)")
    let owned = try withReader { try $0.sessions(ownedBy: "user:1", skip: 0, limit: 10).sessions }
    #expect(owned.map(\.key.description) == ["tour@user:1"])
  }

  @Test func onPostgreSQL() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    try PostgreSQLStore.open(url: url).close()
    func run(_ arguments: String...) throws -> (code: Int32, lines: [String], errors: String) {
      let run = try ProgramRun(arguments + ["--store", url])
      let code = run.wait()
      return (code, run.output.split(whereSeparator: \.isNewline).map(String.init), run.errors)
    }
    #expect(try run("teams", "add", "t", "--rpm", "7").code == 0)
    let added = try run("keys", "add", "--name", "ci", "--team", "t", "--rpm", "60")
    #expect(added.code == 0 && added.errors.contains("first key"), "\(added.errors)")
    let key = try #require(KeyText(ours: added.lines.first ?? ""))
    #expect(try run("keys", "set", "ci", "--tpm", "9").code == 0)
    let rotated = try run("keys", "rotate", "ci")
    #expect(rotated.lines.first.flatMap { KeyText(ours: $0) }?.id == key.id)
    #expect(try run("keys", "disable", "ci").code == 0)
    let record = try TestJSON(try run("keys", "list", "--json").lines.first ?? "")
    #expect(record["status"] == "disabled" && record["limits"]["tpm"] == 9 && record["limits"]["rpm"] == 60)
    #expect(try run("usage", "--by", "key,model,day").code == 0)
    #expect(try run("sessions", "adopt", "--key", "ci").lines == ["0 sessions are the key's now"])
    #expect(try run("teams", "delete", "t").code == 1)
    #expect(try run("keys", "delete", "ci").code == 0)
    #expect(try run("teams", "delete", "t").code == 0)
    #expect(try run("keys", "list", "--json").lines.isEmpty)
  }
}
