import GatewayTesting
import Glibc
import PostgreSQLStore
import Gateway
import SQLiteStore
import Sessions
import System
import Testing

@testable import Configuration
@testable import ollama_gateway

/// What `check` finds of the store.
@Suite struct StoreCheckTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/gateway.db" }

  private func findings(
    _ store: String, environment: [String: String] = [:], flags: [String: [String]] = [:]
  ) throws -> [CheckReport.Finding] {
    let effective = try resolve(flags: flags.merging(["store": [store]]) { $1 })
    return StoreCheck(effective.configuration, environment: environment).findings()
  }

  @Test func aNewOneIsMadeByTheStart() throws {
    #expect(try findings("sqlite:\(path)") == [.fine("store sqlite:\(path): the start makes it")])
    #expect(access(path, F_OK) != 0 && access(path + ".lock", F_OK) != 0, "nothing is made")
  }

  @Test func oneThatIsThereIsOpened() throws {
    try SQLiteStore.open(path: path).close()
    #expect(try findings("sqlite:\(path)") == [.fine("store sqlite:\(path): 1 MiB")])
    var configuration = try resolve(flags: ["store": ["sqlite:\(path)"]]).configuration
    configuration.storeMax = 1024
    configuration.durability = .relaxed
    let full = StoreCheck(configuration, environment: [:]).findings()
    #expect(
      full == [
        .doubtful("store sqlite:\(path): it has 1 MiB, more than store_max: messages may be refused"),
        .doubtful("durability relaxed: what is acknowledged may be lost"),
      ])
  }

  @Test("Keys without auth: required are worth a warning") func keys() throws {
    let store = try SQLiteStore.open(path: path)
    let errors = try store.makeWriter().commit([
      StoreWrite([.closeAccess(since: Timestamp(millisecondsSince1970: 0))])
    ])
    store.close()
    #expect(errors == [nil])
    let size = CheckReport.Finding.fine("store sqlite:\(path): 1 MiB")
    let warning = CheckReport.Finding.doubtful(
      "auth: keys or users have closed access since 1970-01-01, \(KeyWarning.missingAuth)")
    #expect(try findings("sqlite:\(path)") == [size, warning])
    #expect(
      try findings("sqlite:\(path)", flags: ["auth": ["required"]]) == [
        size, .fine("auth: who neither shows a key nor has signed in is shut out"),
      ])
    #expect(
      try findings("sqlite:\(path)", flags: ["auth": ["open"]]) == [
        size, .fine("auth: who neither shows a key nor has signed in is let in"),
      ])
    #expect(
      try findings("sqlite:\(path)", flags: ["auth": ["required"], "open_to": ["loopback"]]) == [
        size,
        .fine("auth: who neither shows a key nor has signed in is shut out, but for whom open_to names"),
      ])
    #expect(
      try findings("sqlite:\(path).new", flags: ["auth": ["required"]]).last
        == .doubtful(
          "auth required: there is neither a key nor a user yet, and nobody comes in (ollama-gateway keys add --admin)"
        ))
  }

  /// The start brings it up to date.
  @Test func anOlderOneIsFine() throws {
    try SQLiteStore.open(path: path).close()
    try SQLiteShell.run("DROP TABLE access; PRAGMA user_version = 3", at: path)
    #expect(try findings("sqlite:\(path)") == [.fine("store sqlite:\(path): 1 MiB")])
  }

  @Test func aGatewayThatHasItIsSaidSo() throws {
    let store = try SQLiteStore.open(path: path)
    defer { store.close() }
    #expect(
      try findings("sqlite:\(path)") == [
        .doubtful("store sqlite:\(path): a gateway has it now, and a second one cannot")
      ])
  }

  @Test func whatIsWrongWithAFileHasItsWords() throws {
    func words(_ path: String) throws -> String {
      guard case .wrong(let text) = try findings("sqlite:\(path)").first else { return "" }
      return text
    }
    #expect(try words(folder.path).contains("is a folder"))
    #expect(try words(folder.path + "/no/gateway.db").contains("No such file or directory"))
    #expect(
      try words(folder.file("other.db", String(repeating: "x", count: 200))).contains("no SQLite database"))
    try SQLiteStore.open(path: path).close()
    #expect(unlink(path) == 0)
    #expect(try words(path).contains("says that one was made there"))
  }

  @Test func theAutomaticOneIsBelowTheStateFolder() throws {
    let environment = ["XDG_STATE_HOME": "\(folder.path)/state"]
    let place = "sqlite:\(folder.path)/state/ollama-gateway/gateway.db"
    #expect(
      try findings("auto", environment: environment) == [
        .fine("store \(place): the start makes it, and \(folder.path)/state")
      ])
    let table = try resolve().table(in: environment)
    #expect(table.contains { $0.hasPrefix("store ") && $0.contains("auto: \(place)") })
    #expect(try findings("auto") == [.fine("store memory: chats are gone when the gateway ends")])
  }

  @Test func postgreSQL() async throws {
    let server = try await PostgreSQLServer.started(settings: ["fsync": "off"], password: "hush-hush")
    let url = try await server.makeDatabase()
    let file = folder.file("password", "hush-hush\n")
    let flags = ["store_password_file": [file]]
    let new = try findings(url, flags: flags)
    #expect(new.count == 2, "the server, and its fsync")
    guard case .fine(let text) = new.first, case .doubtful(let warning) = new.last else {
      return #expect(Bool(false), "\(new)")
    }
    #expect(text.contains(": PostgreSQL ") && text.hasSuffix("the start makes the tables"))
    #expect(warning.contains("fsync = off"))

    let store = try PostgreSQLStore.open(url: url, password: "hush-hush")
    guard case .doubtful(let taken) = try findings(url, flags: flags).first else {
      return #expect(Bool(false), "it is taken")
    }
    #expect(taken.contains("a gateway has it now (process "))
    store.close()

    let wrong = folder.file("wrong", "another-one\n")
    guard case .wrong(let refusal) = try findings(url, flags: ["store_password_file": [wrong]]).first else {
      return #expect(Bool(false), "the password is wrong")
    }
    #expect(refusal.contains("password authentication failed"))
    #expect(!"\(new)\(refusal)".contains("hush-hush") && !refusal.contains("another-one"))
    await server.stop()
    guard case .wrong(let away) = try findings(url, flags: flags).first else {
      return #expect(Bool(false), "it is away")
    }
    #expect(away.contains("cannot be reached"))
  }
}
