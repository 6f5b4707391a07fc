import GatewayTesting
import SQLiteStore
import Sessions
import System
import Testing

/// `store copy`, as it is called from a shell.
@Suite struct StoreCopyCommandTests {
  private let folder = TemporaryFolder()

  private func sqlite(_ name: String) -> String { "sqlite:\(folder.path)/\(name)" }

  private func makeStore(_ name: String) throws {
    let store = try SQLiteStore.open(path: "\(folder.path)/\(name)")
    defer { store.close() }
    let time = Timestamp(millisecondsSince1970: 1_700_000_000_000)
    let group = ["a", "b"].map { id in
      let key = StoreKey(stored: id)
      let message = Message(number: 1, author: .user("alice"), content: "of \(id)", timestamp: time)
      return StoreWrite([
        .putSession(
          StoredSession(
            key: key, owner: "loopback", title: id, createdAt: time, updatedAt: time, messageCount: 1,
            lastNumber: 1)),
        .putMessage(StoredMessage(place: 0, message: message), in: key),
      ])
    }
    let writer = try store.makeWriter()
    #expect(try writer.commit(group) == [nil, nil])
    _ = try writer.secret("credentials", orElse: [1, 2, 3])
  }

  private func run(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
    let run = try ProgramRun(arguments)
    let code = run.wait()
    return (code, run.output, run.errors)
  }

  @Test func toPostgreSQLAndBack() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    try makeStore("from.db")
    let there = try run(["store", "copy", sqlite("from.db"), url])
    #expect(there.code == 0, "\(there.errors)")
    let words =
      "copied 2 sessions, 2 messages, 0 images, 0 generations, 0 keys of requests, 1 secret, 0 API keys, 0 users, 0 teams, 0 rows of usage\n"
    #expect(there.output == words)
    #expect(there.errors == "from: \(folder.path)/from.db\nto: \(url)\n")
    let back = try run(["store", "copy", url, sqlite("back.db")])
    #expect(back.code == 0, "\(back.errors)")
    #expect(back.output == words)
    let listed = try run(["sessions", "list", "--store", url])
    #expect(listed.output.split(separator: "\n").count == 3)
    let exported = try ["from.db", "back.db"].map {
      try run(["sessions", "export", "--all", "--store", sqlite($0)]).output
    }
    #expect(exported[0] == exported[1] && exported[0].contains("of b"))
    let again = try run(["store", "copy", sqlite("from.db"), url])
    #expect(again.code == 64 && again.errors.contains("the target has sessions already"))
  }

  @Test func aStoreThatAGatewayHas() throws {
    try makeStore("from.db")
    let gateway = try SQLiteStore.open(path: folder.path + "/from.db")
    defer { gateway.close() }
    let copy = try run(["store", "copy", sqlite("from.db"), sqlite("to.db")])
    #expect(copy.code == 64 && copy.errors.contains("is in use by another gateway"))
    #expect(copy.errors.contains("stop it (systemctl stop ollama-gateway), copy, and start it again"))
  }

  @Test func passwordsAreInFiles() async throws {
    let server = try await PostgreSQLServer.started(password: "secret")
    try makeStore("from.db")
    let file = folder.file("password", "secret\n")
    let copy = try run(["store", "copy", sqlite("from.db"), server.url(), "--to-password-file", file])
    #expect(copy.code == 0 && !copy.errors.contains("secret"), "\(copy.errors)")
    let without = try run(["store", "copy", server.url(), sqlite("to.db")])
    #expect(without.code == 64, "\(without.errors)")
    let wrong = folder.file("wrong", "other\n")
    let refused = try run(["store", "copy", server.url(), sqlite("to.db"), "--from-password-file", wrong])
    #expect(refused.code == 64 && refused.errors.contains("password authentication failed"))
  }

  @Test func wrongCalls() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    for arguments in [
      [], [sqlite("a")], ["memory", sqlite("a")], [sqlite("a"), "auto"], [sqlite("a"), "b"],
      ["postgresql://u:secret@h/d", sqlite("a")], [sqlite("none.db"), sqlite("a")], [url, sqlite("a")],
    ] {
      let copy = try run(["store", "copy"] + arguments)
      #expect(copy.code == 64, "\(arguments): \(copy.errors)")
      #expect(!copy.errors.contains("secret"))
    }
  }
}
