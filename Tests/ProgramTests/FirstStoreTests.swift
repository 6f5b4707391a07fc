import Access
import GatewayTesting
import Glibc
import SQLiteStore
import Testing

/// The first key before the service's first start, when there is no store.
@Suite struct FirstStoreTests {
  private let folder = TemporaryFolder()

  private func run(_ arguments: String..., store path: String) throws -> (
    code: Int32, out: String, errors: String
  ) {
    let run = try ProgramRun(arguments + ["--store", "sqlite:\(path)"])
    let code = run.wait()
    return (code, run.output, run.errors)
  }

  private func status(_ path: String) throws -> stat {
    var found = stat()
    try #require(stat(path, &found) == 0, "\(path)")
    return found
  }

  @Test("It is made with its folder, and the service takes it and is closed") func isMade() async throws {
    let path = folder.path + "/state/gateway.db"
    let added = try run("keys", "add", "--name", "root", "--admin", store: path)
    #expect(added.code == 0 && KeyText(ours: added.out.filter { $0 != "\n" }) != nil, "\(added.errors)")
    #expect(added.errors.contains("made the folder \(folder.path)/state\nmade the store \(path)\n"))
    #expect(added.errors.contains("This is the first key"))
    #expect(try status(folder.path + "/state").st_mode & 0o777 == 0o700)
    #expect(try status(path).st_mode & 0o777 == 0o600)
    #expect(try run("teams", "add", "t", store: path).code == 0)
    let service = try ProgramRun([
      "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1", "--store", "sqlite:\(path)",
      "--workers", "1",
    ])
    try await service.waitForError("ready")
    #expect(service.errors.contains("keys or users have closed access") && service.errors.contains("ready"))
    service.signal(SIGTERM)
    #expect(service.wait() == 0)
  }

  /// As root makes them in the folder that systemd has made for the service's user.
  @Test(.enabled(if: geteuid() == 0)) func filesAreThoseOfTheFoldersOwner() throws {
    let state = folder.path + "/state"
    let (owner, group): (uid_t, gid_t) = (61_184, 61_185)
    #expect(mkdir(state, 0o700) == 0 && chown(state, owner, group) == 0)
    let path = state + "/gateway.db"
    #expect(try run("keys", "add", "--name", "root", store: path).code == 0)
    var names: [String] = []
    let entries = try #require(opendir(state))
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      names.append(withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) })
    }
    #expect(names.contains("gateway.db") && names.contains("gateway.db.lock"))
    for name in names where !name.hasPrefix(".") {
      let found = try status("\(state)/\(name)")
      #expect(found.st_uid == owner && found.st_gid == group, "\(name)")
    }
  }

  @Test func onPostgreSQL() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    let added = try ProgramRun(["keys", "add", "--name", "root", "--store", url])
    #expect(added.wait() == 0, "\(added.errors)")
    #expect(added.errors.contains("made the tables of the store "), "\(added.errors)")
    #expect(added.errors.contains("This is the first key"))
    let next = try ProgramRun(["keys", "add", "--name", "next", "--store", url])
    #expect(next.wait() == 0 && !next.errors.contains("made the tables"), "\(next.errors)")
  }

  @Test func onlyWhatMakesSomethingMakesAStore() throws {
    let path = folder.path + "/gateway.db"
    for arguments in [["keys", "list"], ["keys", "disable", "x"], ["teams", "list"], ["usage"]] {
      let run = try ProgramRun(arguments + ["--store", "sqlite:\(path)"])
      #expect(run.wait() == 64)
      #expect(run.errors.contains("ollama-gateway serve makes it"), "\(run.errors)")
    }
    #expect(access(path, F_OK) != 0)
  }

  @Test func aFolderThatIsFarIsNotMade() throws {
    let result = try run("keys", "add", "--name", "n", store: folder.path + "/a/b/gateway.db")
    #expect(result.code == 64 && result.out.isEmpty)
    #expect(
      result.errors.contains("\(folder.path)/a is not there. Make it, as the user that the gateway runs as"))
  }

  /// A store that has vanished is not a first start.
  @Test func whatHasVanishedIsNotMadeAnew() throws {
    let path = folder.path + "/gateway.db"
    #expect(try run("keys", "add", "--name", "n", store: path).code == 0)
    unlink(path)
    let result = try run("keys", "add", "--name", "m", store: path)
    #expect(result.code == 1 && result.out.isEmpty)
    #expect(result.errors.contains("says that one was made there"), "\(result.errors)")
  }
}
