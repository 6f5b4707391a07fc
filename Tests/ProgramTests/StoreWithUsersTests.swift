import GatewayTesting
import Glibc
import SQLiteStore
import Testing

/// A backup of a store that has users, and who is signed in to a gateway that is started on it.
@Suite struct StoreWithUsersTests {
  private static let password = "Correct!Horse7"
  private let folder = TemporaryFolder()
  private var store: String { "sqlite:\(folder.path)/gateway.db" }

  init() throws { try SQLiteStore.open(path: folder.path + "/gateway.db").close() }

  private func run(_ arguments: String...) throws {
    let run = try ProgramRun(arguments + ["--store", store])
    #expect(run.wait() == 0, "\(arguments): \(run.errors)")
  }

  private func addUser(_ name: String) throws {
    let file = folder.file("password", Self.password)
    try run("users", "add", name, "--password-file", file)
  }

  /// Runs a gateway on the store, and stops it as an operator does.
  private func serve<Result>(_ body: (UInt16, ProgramRun) async throws -> Result) async throws -> Result {
    let gateway = try ProgramRun([
      "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1", "--workers", "1", "--store",
      store,
      "--drain-timeout", "0s",
    ])
    try await gateway.waitForError(" notice gateway: ready ")
    let address = try #require(
      gateway.errors.split(separator: "ready ").last?.split(separator: "127.0.0.1:").dropFirst().first,
      "\(gateway.errors)")
    let port = try #require(UInt16(address.prefix { $0.isNumber }))
    let result = try await body(port, gateway)
    gateway.signal(SIGTERM)
    #expect(gateway.wait() == 0)
    return result
  }

  /// What somebody has signed in with, at a browser and at a program.
  private struct SignIns {
    let cookie: String
    let access: String
    let refresh: String

    init(_ name: String, at port: UInt16) async throws {
      let origin: TestHeaders = ["Origin": "http://localhost"]
      let page = try await TestClient.post(
        port, "/api/v1/auth/session", json: #"{"username":"\#(name)","password":"\#(password)"}"#, origin)
      let setting = page.headers.values(of: "set-cookie").first { $0.hasPrefix("ollama_gateway_user=") }
      cookie = try #require(setting?.split(separator: ";").first.map(String.init), "\(page.text)")
      let form: TestHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
      let pair = try await TestClient.request(
        port, "POST", "/api/v1/auth/login", form,
        body: Array("grant_type=password&username=\(name)&password=\(password)".utf8))
      access = try #require(pair.json["access_token"].string, "\(pair.text)")
      refresh = try #require(pair.json["refresh_token"].string)
    }

    /// Whether cookie and access token are good.
    func last(at port: UInt16) async throws -> [Bool] {
      [
        try await TestClient.get(port, "/api/v1/auth/session", ["Cookie": cookie]).json["signed_in"] == true,
        try await TestClient.get(port, "/api/v1/auth/me", ["Authorization": "Bearer \(access)"]).status
          == 200,
      ]
    }

    func refreshed(at port: UInt16) async throws -> Int {
      try await TestClient.post(port, "/api/v1/auth/refresh", json: #"{"refresh_token":"\#(refresh)"}"#)
        .status
    }

    func signOut(at port: UInt16) async throws {
      let page: TestHeaders = ["Cookie": cookie, "Origin": "http://localhost"]
      #expect(try await TestClient.request(port, "DELETE", "/api/v1/auth/session", page).status == 200)
      let bearer: TestHeaders = ["Authorization": "Bearer \(access)"]
      #expect(try await TestClient.request(port, "POST", "/api/v1/auth/logout", bearer).status == 200)
    }
  }

  @Test("Users and who had signed in are as they were; what came since is over")
  func aBackupHasUsersAndWhoHasSignedIn() async throws {
    try addUser("ann")
    try addUser("bob")
    let backup = folder.path + "/backup.db"
    let (ann, bob) = try await serve { port, _ in
      let pair = (try await SignIns("ann", at: port), try await SignIns("bob", at: port))
      // While it runs.
      try run("backup", backup)
      return pair
    }
    let (later, eve) = try await serve { port, gateway in
      #expect(try await ann.last(at: port) == [true, true])
      try await bob.signOut(at: port)
      #expect(try await bob.last(at: port) == [false, false])
      try addUser("eve")
      try await gateway.waitForError(" teams=0 users=3")
      return (try await SignIns("ann", at: port), try await SignIns("eve", at: port))
    }
    try run("restore", backup)
    try await serve { port, gateway in
      #expect(try await ann.last(at: port) == [true, true])
      #expect(try await ann.refreshed(at: port) == 200)
      // As the document says: who has signed out since is in again, until somebody ends it.
      #expect(try await bob.last(at: port) == [true, true])
      #expect(try await later.last(at: port) == [false, false])
      #expect(try await later.refreshed(at: port) == 401)
      #expect(try await eve.last(at: port) == [false, false])
      // Whoever gets the number of who is gone gets nothing of what he has signed in with.
      try addUser("mallory")
      try await gateway.waitForError(" teams=0 users=3")
      _ = try await SignIns("mallory", at: port)
      #expect(try await eve.last(at: port) == [false, false])
      #expect(try await eve.refreshed(at: port) == 401)
      try run("users", "sign-out", "bob")
      try await eventually("bob is out") { try await bob.last(at: port) == [false, false] }
      #expect(try await ann.last(at: port)[0])
    }
  }
}
