import GatewayTesting
import Glibc
import PostgreSQLStore
import SQLiteStore
import Sessions
import System
import Testing

/// `backup`, `restore` and `sessions`, as they are called from a shell.
@Suite struct StoreCommandTests {
  private let folder = TemporaryFolder()

  private var path: String { folder.path + "/gateway.db" }
  private var store: [String] { ["--store", "sqlite:\(path)"] }
  private static let hostile = "a \u{1B}[2J\u{202E}title"

  /// A store with three sessions of two owners.
  private func makeStore() throws {
    let store = try SQLiteStore.open(path: path)
    defer { store.close() }
    let writer = try store.makeWriter()
    let bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0, 1, 2]
    let digest = try #require(ImageDigest(bytes: [UInt8](repeating: 0xAB, count: 32)))
    var group: [StoreWrite] = []
    for (place, (key, owner)) in [("s1", "loopback"), ("s2", "loopback"), ("chosen@user:1", "user:1")]
      .enumerated()
    {
      let key = StoreKey(stored: key)
      let time = Timestamp(millisecondsSince1970: 1_700_000_000_000 + Int64(place))
      let messages = [
        Message(
          number: 1, author: .user("alice"), content: "What is\u{7} \(key)?", timestamp: time,
          images: [digest]),
        Message(
          number: 2, author: .assistant(model: "m:1b"), content: "An answer.", timestamp: time,
          state: .cancelled,
          thinking: "Hm",
          usage: GenerationUsage(
            promptTokens: 3, completionTokens: 4, timeToFirstToken: .microseconds(2014),
            duration: .milliseconds(1500))),
      ]
      group.append(
        StoreWrite(
          [
            .putSession(
              StoredSession(
                key: key, owner: owner, title: Self.hostile, createdAt: time, updatedAt: time,
                messageCount: 2,
                lastNumber: 2)),
            .putImage(StoredImage(digest: digest, mediaType: .png, bytes: bytes), in: key),
          ] + messages.enumerated().map { .putMessage(StoredMessage(place: $0, message: $1), in: key) }))
    }
    #expect(try writer.commit(group) == [nil, nil, nil])
  }

  /// - Returns: the exit code, and the lines of standard output and standard error.
  private func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (code: Int32, lines: [String], errors: String) {
    let run = try ProgramRun(arguments, environment: environment)
    let code = run.wait()
    return (
      code, run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init), run.errors
    )
  }

  private func keys() throws -> [String] {
    let store = try SQLiteStore.open(path: path, mode: .beside)
    defer { store.close() }
    return try store.makeReader().sessions(after: nil, limit: 100).map(\.key.description)
  }

  @Test func aBackupIsMadeAndRestored() throws {
    try makeStore()
    let backup = folder.path + "/backup.db"
    let made = try run(["backup", backup] + store)
    #expect(made.code == 0)
    #expect(made.lines.first == "backed up to \(backup)")
    #expect(made.errors == "store: \(path)\n")
    var status = stat()
    #expect(stat(backup, &status) == 0 && status.st_mode & 0o777 == 0o600)

    #expect(try run(["sessions", "delete", "--all"] + store).code == 0)
    #expect(try keys() == [])
    let restored = try run(["restore", backup] + store)
    #expect(restored.code == 0)
    #expect(restored.lines.first == "restored from \(backup)")
    #expect(restored.lines[1].hasPrefix("what was there is now \(path).before-restore-"))
    #expect(try keys() == ["chosen@user:1", "s1", "s2"])
  }

  @Test func besideARunningGateway() throws {
    try makeStore()
    let gateway = try SQLiteStore.open(path: path)
    defer { gateway.close() }
    let writer = try gateway.makeWriter()
    let backup = folder.path + "/backup.db"
    #expect(try run(["backup", backup] + store).code == 0)
    #expect(try run(["sessions", "list"] + store).lines.count == 5)
    #expect(try run(["sessions", "delete", "s1"] + store).code == 0)
    #expect(try writer.wasChangedByOthers())
    let restored = try run(["restore", backup] + store)
    #expect(restored.code == 64)
    #expect(restored.errors.contains("is in use by another gateway (process \(getpid()))"))
    #expect(try keys() == ["chosen@user:1", "s2"])
  }

  @Test func aListOfSessions() throws {
    try makeStore()
    let all = try run(["sessions", "list"] + store)
    #expect(all.code == 0)
    #expect(
      all.lines.dropFirst().map { $0.split(separator: " ").dropFirst(2).first.map(String.init) ?? "" }
        == ["chosen@user:1", "s1", "s2", ""])
    #expect(
      all.lines[2].contains("2023-11-14T22:13:20.000Z") && all.lines[2].hasSuffix("loopback  a [2Jtitle"))
    #expect(try run(["sessions", "list", "--limit", "1"] + store).lines.count == 3)
    let owners = try run(["sessions", "list", "--owner", "loopback", "--json"] + store)
    let keys = try owners.lines.dropLast().map { try TestJSON($0)["key"].string }
    #expect(keys == ["s2", "s1"])
    #expect(try TestJSON(owners.lines[0])["title"].string == Self.hostile)
    #expect(try run(["sessions", "list", "--owner", "nobody"] + store).lines.count == 2)
    #expect(try run(["sessions", "list", "--limit", "0"] + store).code == 64)
  }

  @Test func whatWasSaid() throws {
    try makeStore()
    let shown = try run(["sessions", "show", "chosen@user:1"] + store)
    #expect(shown.code == 0)
    #expect(shown.lines.contains("owner     user:1"))
    #expect(shown.lines.contains("[1] user alice, 2023-11-14T22:13:20.002Z, images: 1"))
    #expect(shown.lines.contains("What is chosen@user:1?"))
    #expect(shown.lines.contains("[2] assistant m:1b, 2023-11-14T22:13:20.002Z, cancelled"))
    #expect(shown.lines.contains("An answer."))
    let unknown = try run(["sessions", "show", "chosen"] + store)
    #expect(unknown.code == 1)
    #expect(unknown.errors.hasSuffix("ollama-gateway: there is no session chosen\n"))
    #expect(unknown.lines == [""])
  }

  @Test func anExportHasAllOfASession() throws {
    try makeStore()
    let exported = try run(["sessions", "export", "s1"] + store)
    #expect(exported.code == 0)
    let lines = try exported.lines.dropLast().map { try TestJSON($0) }
    #expect(lines.map { $0["type"].string } == ["session", "message", "message", "image"])
    #expect(lines[0]["session_id"].string == "s1" && lines[0]["owner"].string == "loopback")
    #expect(lines[1]["content"].string == "What is\u{7} s1?" && lines[1]["user_id"].string == "alice")
    #expect(lines[2]["thinking"].string == "Hm" && lines[2]["model"].string == "m:1b")
    #expect(lines[2]["usage"]["completion_tokens"].number == 4 && lines[2]["response_time"].number == 1.5)
    #expect(lines[3]["media_type"].string == "image/png" && lines[3]["data"].string == "iVBORwABAg==")
    #expect(try run(["sessions", "export", "--all"] + store).lines.count == 13)
    #expect(try run(["sessions", "export", "--owner", "user:1"] + store).lines.count == 5)
    let some = try run(["sessions", "export", "nothing", "s2"] + store)
    #expect(some.code == 1 && some.lines.count == 5)
  }

  @Test func sessionsAreDeleted() throws {
    try makeStore()
    let some = try run(["sessions", "delete", "s2", "nothing"] + store)
    #expect(some.code == 1)
    #expect(some.lines.first == "deleted 1 session")
    #expect(some.errors.contains("there is no session nothing"))
    #expect(try keys() == ["chosen@user:1", "s1"])
    #expect(try run(["sessions", "delete", "--owner", "user:1"] + store).lines.first == "deleted 1 session")
    #expect(try keys() == ["s1"])
    for arguments in [[], ["s1", "--all"], ["--owner", "a", "--all"]] {
      #expect(try run(["sessions", "delete"] + arguments + store).code == 64)
    }
    #expect(try keys() == ["s1"])
  }

  @Test func theStoreIsThatOfTheSettings() throws {
    try makeStore()
    let variable = ["OLLAMA_GATEWAY_STORE": "sqlite:\(path)"]
    #expect(try run(["sessions", "list"], environment: variable).lines.count == 5)
    #expect(try run(["--store", "sqlite:\(path)", "sessions", "list"]).lines.count == 5)
    let memory = try run(["sessions", "list", "--store", "memory"])
    #expect(memory.code == 64 && memory.errors.contains("in memory alone"))
    let none = try run(["sessions", "list", "--store", "sqlite:\(path)x"])
    #expect(none.code == 64 && none.errors.contains("is not there: ollama-gateway serve makes it"))
    for command in [["backup", folder.path + "/b"], ["restore", path]] {
      let postgresql = try run(command + ["--store", "postgresql://nowhere.invalid/gateway"])
      #expect(postgresql.code == 64 && postgresql.errors.contains("the store is in PostgreSQL"))
    }
    _ = folder.file("other.db", "text")
    #expect(try run(["sessions", "list", "--store", "sqlite:\(folder.path)/other.db"]).code == 1)
  }

  /// A running service says which store it has: another one is not worked on unawares.
  @Test func theStoreIsThatOfTheRunningService() throws {
    try makeStore()
    let link = TemporaryFolder()
    symlink(folder.path, link.path + "/state")
    var environment = [
      "OLLAMA_GATEWAY_STORE": "sqlite:\(link.path)/state/gateway.db", "RUNTIME_DIRECTORY": folder.path,
    ]
    _ = folder.file("store", "sqlite:\(path)\n")
    #expect(try run(["sessions", "list"], environment: environment).code == 0)
    _ = folder.file("store", "sqlite:/elsewhere/gateway.db\n")
    for command in [
      ["sessions", "list"], ["sessions", "delete", "--all"], ["backup", folder.path + "/b"],
      ["restore", path],
    ] {
      let other = try run(command, environment: environment)
      #expect(other.code == 64, "\(command)")
      #expect(other.errors.contains("the running service has opened sqlite:/elsewhere/gateway.db"))
    }
    // Who says it by a flag means it.
    environment["OLLAMA_GATEWAY_STORE"] = nil
    #expect(try run(["sessions", "list"] + store, environment: environment).code == 0)
    #expect(try keys().count == 3)
  }

  @Test func theServiceSaysWhichStoreItHas() async throws {
    let gateway = try ProgramRun(
      ["--listen", "127.0.0.1:0", "--workers", "1", "--ollama", "http://127.0.0.1:1"] + store,
      environment: ["RUNTIME_DIRECTORY": folder.path])
    try await gateway.waitForError(" notice gateway: ready ")
    let other = ["OLLAMA_GATEWAY_STORE": "sqlite:\(path)x", "RUNTIME_DIRECTORY": folder.path]
    let list = try run(["sessions", "list"], environment: other)
    #expect(list.code == 64)
    #expect(list.errors.contains("the running service has opened sqlite:\(path), and by these settings"))
    let same = ["OLLAMA_GATEWAY_STORE": "sqlite:\(path)", "RUNTIME_DIRECTORY": folder.path]
    #expect(try run(["sessions", "list"], environment: same).code == 0)
    #expect(try run(["backup", folder.path + "/backup.db"], environment: same).code == 0)
    gateway.signal(SIGTERM)
    #expect(gateway.wait() == 0)
  }

  @Test("What a newer program has made is left alone, by each command, in both kinds of store") func newer()
    async throws
  {
    try makeStore()
    try SQLiteShell.run("PRAGMA user_version = 99", at: path)
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    try await TestThread.run { try PostgreSQLStore.open(url: url).close() }
    try await server.query("UPDATE ollama_gateway.store SET version = 99", at: url)
    let serve = ["serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1"]
    let commands = [
      serve, ["sessions", "list"], ["sessions", "delete", "--all"], ["keys", "list"], ["teams", "list"],
      ["usage", "--by", "key"],
    ]
    for command in commands + [["backup", folder.path + "/b"]] {
      let refused = try run(command + store)
      #expect(refused.code == 64, "\(command): \(refused.errors)")
      #expect(refused.errors.contains("was made by a newer ollama-gateway"), "\(command): \(refused.errors)")
    }
    for command in commands {
      let refused = try run(command + ["--store", url])
      #expect(refused.code == 64, "\(command): \(refused.errors)")
      #expect(refused.errors.contains("was made by a newer ollama-gateway"), "\(command): \(refused.errors)")
    }
    let copies = [
      ["sqlite:\(path)", "sqlite:\(path)2"], [url, "sqlite:\(path)2"], ["sqlite:\(path)2", url],
    ]
    try SQLiteStore.open(path: path + "2").close()
    for addresses in copies { #expect(try run(["store", "copy"] + addresses).code == 64, "\(addresses)") }
    let check = try run(["check", "--ollama", "http://127.0.0.1:1"] + store)
    #expect(check.code == 1 && check.lines.contains { $0.contains("was made by a newer ollama-gateway") })
  }

  @Test(arguments: [["backup"], ["restore"], ["sessions"], ["sessions", "list"], ["sessions", "delete"]])
  func helpSaysWhatItDoes(_ command: [String]) throws {
    let help = try run(command + ["--help"])
    #expect(help.code == 0)
    #expect(help.lines.joined(separator: " ").contains("OVERVIEW:"))
  }
}
