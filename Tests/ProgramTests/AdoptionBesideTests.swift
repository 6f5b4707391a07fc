import Access
import AccessStorage
import GatewayTesting
import SQLiteStore
import Sessions
import System
import Testing

/// Subcommands that hand sessions over, beside a process that has the store: they order it, and that process does it.
@Suite struct AdoptionBesideTests {
  private let folder = TemporaryFolder()

  private var path: String { folder.path + "/gateway.db" }
  private var store: [String] { ["--store", "sqlite:\(path)"] }

  /// What is said by `other` while the command runs, which hands over what was said by him.
  private func handOver(
    from other: Principal, to heir: Principal, by arguments: [String]
  ) async throws -> (code: Int32, words: String) {
    let service = try SQLiteStore.open(path: path)
    let storage = try SessionStorage(service, timeout: .seconds(60))
    let limits = SessionLimits(
      sessions: 100, totalBytes: 1 << 20, timeToLive: .seconds(3600), contextMessages: 9,
      contextBytes: 1 << 16,
      grace: .seconds(3600), retention: .seconds(3600))
    let registry = SessionRegistry(limits: limits, storage: storage)
    let idle = try await begin("said", in: nil, as: other, registry)
    await registry.finishTurn(idle, .completed(doneReason: "stop", usage: GenerationUsage()))
    let busy = try await begin("being said", in: SessionID("tour"), as: other, registry)
    let run = try ProgramRun(arguments + store)
    let reader = try service.makeReader()
    try await eventually("it is ordered") { try reader.adoptions(limit: 9).count == 1 }
    try await eventually("one is given") {
      await registry.carryOutAdoptions()
      return try await registry.list(as: heir, limit: 9)?.total == 1
    }
    #expect(try await registry.summary(of: busy.sessionID, as: other)?.isGenerating == true)
    await registry.finishTurn(busy, .completed(doneReason: "stop", usage: GenerationUsage()))
    try await eventually("the other one is, too") {
      await registry.carryOutAdoptions()
      return try await registry.list(as: heir, limit: 9)?.total == 2
    }
    let code = run.wait()
    let history = try await registry.history(of: busy.sessionID, as: heir, limit: 9)
    #expect(history?.messages.map(\.content) == ["being said", "the answer"] && history?.total == 2)
    #expect(try await registry.list(as: other, limit: 9)?.total == 0)
    await storage.close(within: .seconds(60))
    return (code, run.output + run.errors)
  }

  private func begin(
    _ text: String, in session: SessionID?, as principal: Principal, _ registry: SessionRegistry
  ) async throws -> Turn {
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: session, principal: principal, message: text, model: "m"))
    try await registry.acknowledge(turn)
    Array("the answer".utf8).withUnsafeBytes { _ = turn.generation.log.append($0) }
    return turn
  }

  /// Two users, and a key that is nobody's.
  private func makeThem() throws -> KeyRecord {
    try SQLiteStore.open(path: path).close()
    let store = try SQLiteStore.open(path: path, mode: .beside)
    defer { store.close() }
    let text = KeyText()
    let key = KeyRecord(id: text.id, name: "laptop", secret: text.secret, createdAt: .now)
    try AccessEditor(store).perform { (book) throws(AccessError) in
      for name in ["ann", "bob"] { try book.addUser(UserName(name)!, at: .now) }
      try book.add(key)
    }
    return key
  }

  private static let ann = Principal(.user(UserID(1)!), scopes: [.chat])
  private static let bob = Principal(.user(UserID(2)!), scopes: [.chat])

  /// Where the machine stands still for seconds, the command does not wait as long.
  private func says(_ words: String, _ found: String) -> Bool {
    found.contains(words) || found.contains("when no answer is under way")
  }

  @Test func sessionsAdopt() async throws {
    _ = try makeThem()
    let (code, words) = try await handOver(
      from: Principal(.thisMachine, scopes: [.chat]), to: Self.ann,
      by: ["sessions", "adopt", "--user", "ann"])
    #expect(code == 0 && says("2 sessions are the user's now", words), "\(words)")
  }

  @Test func aKeyGetsAUser() async throws {
    let key = try makeThem()
    let (code, words) = try await handOver(
      from: Principal(.key(key.id), scopes: [.chat]), to: Self.ann,
      by: ["keys", "set", key.id.text, "--user", "ann"])
    #expect(code == 0 && says("2 sessions of the key are its user's now", words), "\(words)")
  }

  @Test func aUserIsDeletedWithAnHeir() async throws {
    _ = try makeThem()
    let (code, words) = try await handOver(
      from: Self.bob, to: Self.ann, by: ["users", "delete", "bob", "--give-to", "ann"])
    #expect(code == 0 && says("2 sessions given to ann", words), "\(words)")
  }

  /// Then it is done when the command comes back, and nothing is left to be done.
  @Test func withoutOneTheCommandDoesItItself() throws {
    let key = try makeThem()
    do {
      let store = try SQLiteStore.open(path: path)
      defer { store.close() }
      let session = StoredSession(
        key: StoreKey(stored: "tour@key:\(key.id)"), owner: "key:\(key.id)", createdAt: .now, updatedAt: .now)
      #expect(try store.makeWriter().commit([StoreWrite([.putSession(session)])]) == [nil])
    }
    let run = try ProgramRun(["keys", "set", key.id.text, "--user", "ann"] + store)
    #expect(run.wait() == 0 && run.errors.contains("1 session of the key is its user's now"), "\(run.errors)")
    let store = try SQLiteStore.open(path: path)
    defer { store.close() }
    let reader = try store.makeReader()
    #expect(try reader.sessions(ownedBy: "user:1", skip: 0, limit: 9).total == 1)
    #expect(try reader.adoptions(limit: 9).isEmpty)
  }
}
