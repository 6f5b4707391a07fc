import GatewayTesting
import Sessions
import System
import Testing

@testable import PostgreSQLStore

@Suite("One gateway a store") struct HoldTests {
  /// Ends the connection that has the lock, as a lost network does.
  private static func loseLock(_ server: PostgreSQLServer, _ url: String) async throws {
    let ended = try await server.query(
      """
      SELECT count(pg_terminate_backend(l.pid, 10000)) FROM pg_locks l
      WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      """, at: url)
    #expect(ended == "1")
  }

  @Test("Who has lost the lock to another gateway writes nothing more, and says so") func taken() async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let (first, writer) = try await Self.storeAndWriter(url)
    #expect(try await writer.commit(.putSession(Sample.session("a"))) == nil)
    try await Self.loseLock(server, url)
    let (second, other) = try await Self.storeAndWriter(url)
    for _ in 0..<2 {
      let error = await #expect(throws: StoreError.self) {
        try await writer.commit(.putSession(Sample.session("b")))
      }
      #expect(error?.kind == .taken)
      let looked = await #expect(throws: StoreError.self) { try await writer.wasChangedByOthers() }
      #expect(looked?.kind == .taken)
      let secret = await #expect(throws: StoreError.self) { try await writer.secret("s", orElse: [1]) }
      #expect(secret?.kind == .taken)
    }
    #expect(try await other.commit(.putSession(Sample.session("c"))) == nil)
    let keys = try await TestReader(second).read {
      try $0.sessions(after: nil, limit: 10).map(\.key.description)
    }
    #expect(keys == ["a", "c"])
    first.close()
    second.close()
  }

  @Test("A lock that is lost, and nobody has taken, is taken again") func renewed() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let (store, writer) = try await Self.storeAndWriter(url)
    try await Self.loseLock(server, url)
    #expect(try await writer.commit(.putSession(Sample.session("a"))) == nil)
    #expect(try await writer.wasChangedByOthers() == false)
    let error = await #expect(throws: StoreError.self) { try await PostgreSQLStore.opened(url) }
    #expect(error?.kind == .taken)
    store.close()
    try await PostgreSQLStore.opened(url).close()
  }

  @Test("A database that was put back to an earlier state is nobody's any more") func putBack() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let (store, writer) = try await Self.storeAndWriter(url)
    // The number may come again; the holder's random name does not.
    try await server.query("UPDATE ollama_gateway.store SET holder = 'x'", at: url)
    let error = await #expect(throws: StoreError.self) {
      try await writer.commit(.putSession(Sample.session("a")))
    }
    #expect(error?.kind == .taken)
    store.close()
  }

  @Test("A subcommand and the service come one after the other, whatever they touch") func noDeadlock()
    async throws
  {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    let (store, writer) = try await Self.storeAndWriter(url)
    let beside = try await PostgreSQLStore.opened(url, mode: .beside)
    let other = try await TestWriter(beside)
    let names = (0..<40).map { "s\($0)" }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (writer, names) in [(writer, names), (other, names.reversed())] {
        group.addTask {
          for _ in 0..<10 {
            let put = try await writer.commit(group: names.map { [.putSession(Sample.session($0))] })
            let deleted = try await writer.commit(group: names.map { [.deleteSession(Sample.key($0))] })
            #expect((put + deleted).allSatisfy { $0 == nil })
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(
      try await TestReader(store).read { try $0.sessions(ownedBy: "loopback", skip: 0, limit: 9).total } == 0)
    beside.close()
    store.close()
  }

  private static func storeAndWriter(_ url: String) async throws -> (PostgreSQLStore, TestWriter) {
    let store = try await PostgreSQLStore.opened(url)
    return (store, try await TestWriter(store))
  }
}
