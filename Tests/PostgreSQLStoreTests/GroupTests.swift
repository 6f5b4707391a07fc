import GatewayTesting
import Sessions
import System
import Testing

@testable import PostgreSQLStore

@Suite("Groups of writes on PostgreSQL") struct GroupTests {
  @Test("One bad member fails alone, in its own way") func badMembers() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    let writer = try await TestWriter(store)
    let a = Sample.key("a")
    let huge = String(repeating: "k", count: 10_000)
    let results = try await writer.commit(group: [
      [.putSession(Sample.session("a")), .putMessage(Sample.message(0), in: a)],
      [.updateSession(Sample.session("gone"))],
      [.putMessage(Sample.message(0, "another"), in: a)],
      [.putMessage(Sample.message(0), in: Sample.key("gone"))],
      [.putSession(Sample.session("b")), .putSession(Sample.session(Self.random(40_000)))],
      [.putMessage(Sample.message(1), in: a)],
      [.putSession(Sample.session(huge + "c")), .updateSession(Sample.session("gone"))],
    ])
    #expect(results[0] == nil)
    #expect(results[1] == .sessionIsGone)
    guard case .conflict = results[2] else { throw Unexpected(results[2]) }
    #expect(results[3] == .sessionIsGone)
    guard case .refused = results[4] else { throw Unexpected(results[4]) }
    #expect(results[5] == nil)
    #expect(results[6] == .sessionIsGone)
    let reader = try await TestReader(store)
    // Of a member that failed nothing is there, neither what came before its error.
    #expect(try await reader.read { try $0.sessions(after: nil, limit: 10).map(\.key) } == [a])
    #expect(
      try await reader.read { try $0.messages(of: a, from: 0, limit: 10, bytes: 100).map(\.place) } == [0, 1])
    #expect(writer.usedBytes == 512 + 2 * (4 + 256))
    store.close()
  }

  @Test("Turns are counted once, alone and in groups, however often they are written") func counted()
    async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    let writer = try await TestWriter(store)
    let begins = (0..<5).map { number in
      [
        StoreChange.putSession(Sample.session("s\(number)")),
        .putMessage(Sample.message(0), in: Sample.key("s\(number)")),
        .putGeneration(Sample.generation("g\(number)", in: "s\(number)")),
      ]
    }
    let ends = (0..<5).map { number in
      [
        StoreChange.updateSession(Sample.session("s\(number)", messages: 2)),
        .putMessage(Sample.message(1, "longer"), in: Sample.key("s\(number)")),
        .endGeneration(
          id: "g\(number)", StoredGenerationEnd(.completed, endedAt: Sample.time, lastNumber: 1)),
      ]
    }
    let wholes = (0..<5).map { number in
      Array(begins[number].prefix(2)) + [ends[number][1]]
        + begins[number].suffix(1).map { change in
          guard case .putGeneration(var generation) = change else { return change }
          generation.end = StoredGenerationEnd(.completed, endedAt: Sample.time, lastNumber: 1)
          return .putGeneration(generation)
        }
    }
    // Alone, and once more; then with others, of which some are there.
    for group in [
      [begins[0]], [begins[0]], [ends[0]], [ends[0]], [wholes[1]], [wholes[1]], Array(wholes.prefix(3)),
      begins, ends,
      begins + ends, wholes,
    ] {
      #expect(try await writer.commit(group: group).allSatisfy { $0 == nil })
      let counted =
        "SELECT (SELECT sum(text_bytes + 256) FROM messages) + (SELECT 512 * count(*) FROM sessions) || ' ' || value FROM counters"
      let found = try await server.query(
        "SET search_path = ollama_gateway; \(counted) WHERE name = 'stored_bytes'", at: url)
      #expect(found == "\(writer.usedBytes) \(writer.usedBytes)")
    }
    #expect(writer.usedBytes == 5 * (512 + 4 + 256 + 6 + 256))
    #expect(try await writer.commit(.dropMessages(in: Sample.key("s0"), from: 0)) == nil)
    #expect(writer.usedBytes == 5 * (512 + 4 + 256 + 6 + 256) - (4 + 256 + 6 + 256))
    store.close()
  }

  @Test("One of many turns that is at fault fails alone") func badTurn() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    let writer = try await TestWriter(store)
    func begin(_ id: String, _ text: String = "text") -> [StoreChange] {
      [
        .putSession(Sample.session(id)), .putMessage(Sample.message(0, text), in: Sample.key(id)),
        .putGeneration(Sample.generation("g-\(id)", in: id)),
      ]
    }
    func end(_ id: String) -> [StoreChange] {
      [
        .updateSession(Sample.session(id)), .putMessage(Sample.message(1), in: Sample.key(id)),
        .endGeneration(id: "g-\(id)", StoredGenerationEnd(.completed, endedAt: Sample.time, lastNumber: 1)),
      ]
    }
    #expect(try await writer.commit(group: [begin("a"), begin("b")]) == [nil, nil])
    let results = try await writer.commit(group: [begin("c"), begin("a", "another"), end("gone"), end("b")])
    #expect(results[0] == nil && results[2] == .sessionIsGone && results[3] == nil)
    guard case .conflict = results[1] else { throw Unexpected(results[1]) }
    let texts = try await TestReader(store).read { reader in
      try ["a", "b", "c"].map { id in
        try reader.messages(of: Sample.key(id), from: 0, limit: 9, bytes: 99).map(\.message.content)
      }
    }
    #expect(texts == [["text"], ["text", "text"], ["text"]])
    store.close()
  }

  @Test(
    "What the server itself fails at fails for the whole group, by its kind",
    arguments: [
      ("53100", StoreError.Kind.full), ("57014", .away), ("40001", .away), ("53200", .away), ("58030", .away),
      ("XX001", .corrupt), ("42P01", .corrupt), ("25006", .away),
    ])
  func failures(_ state: String, _ kind: StoreError.Kind) async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    let writer = try await TestWriter(store)
    try await server.query(
      """
      CREATE FUNCTION ollama_gateway.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION USING ERRCODE = '\(state)', MESSAGE = 'as the test wants it'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON ollama_gateway.messages FOR EACH ROW EXECUTE FUNCTION ollama_gateway.fail();
      """, at: url)
    let group: [[StoreChange]] = [
      [.putSession(Sample.session("a"))],
      [.putSession(Sample.session("b")), .putMessage(Sample.message(0), in: Sample.key("b"))],
    ]
    let error = await #expect(throws: StoreError.self) { try await writer.commit(group: group) }
    #expect(error?.kind == kind)
    #expect(error?.description.contains("as the test wants it") == true)
    let reader = try await TestReader(store)
    #expect(try await reader.read { try $0.sessions(after: nil, limit: 9).isEmpty })
    // The same group again, when it is over.
    try await server.query("DROP TRIGGER fail ON ollama_gateway.messages", at: url)
    #expect(try await writer.commit(group: group) == [nil, nil])
    store.close()
  }

  @Test("Our sessions at the server wait for the disk, whatever the server's default; relaxed ones do not")
  func durability()
    async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let name = try await server.query("SELECT current_database()", at: url)
    try await server.query("ALTER DATABASE \(name) SET synchronous_commit = off")
    try await server.query("ALTER DATABASE \(name) SET default_transaction_isolation = serializable")
    for (isRelaxed, expected) in [(false, "on"), (true, "off")] {
      let address = try ServerAddress(url, password: nil)
      let seen = try await TestThread.run {
        let server = Server(address: address, settings: SessionSettings(isRelaxed: isRelaxed))
        let results = try server.connect(preparing: []).run([
          .text("SHOW synchronous_commit", []), .text("SHOW transaction_isolation", []),
          .text("SHOW statement_timeout", []),
          .text("SHOW client_encoding", []), .text("SHOW search_path", []),
        ])
        return results.map { $0.text(0, 0) ?? "" }
      }
      #expect(seen == [expected, "read committed", "5s", "UTF8", "ollama_gateway, pg_temp"])
    }
    try await server.query("ALTER DATABASE \(name) SET synchronous_commit = remote_apply")
    let address = try ServerAddress(url, password: nil)
    let seen = try await TestThread.run {
      try Server(address: address, settings: SessionSettings(isRelaxed: false)).connect(preparing: [])
        .run([.text("SHOW synchronous_commit", [])])[0].text(0, 0)
    }
    #expect(seen == "remote_apply")
  }

  @Test("U+0000, which PostgreSQL has not, breaks nothing and is U+FFFD afterwards") func nul() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    let writer = try await TestWriter(store)
    var session = Sample.session("a")
    session.title = "a\0b"
    for _ in 0..<2 {
      #expect(
        try await writer.commit(
          .putSession(session), .putMessage(Sample.message(0, "\0x\0"), in: Sample.key("a")),
          .appendPart(StoredPart(generation: "\0", index: 0, text: [0], lengths: [0]))) == nil)
    }
    let loaded = try await TestReader(store).read {
      let loaded = try $0.session([Sample.key("a")], recent: RecentMessages(messages: 9, bytes: 999))
      return (loaded?.session.title, loaded?.messages.first?.message.content)
    }
    #expect(loaded.0 == "a\u{FFFD}b")
    #expect(loaded.1 == "\u{FFFD}x\u{FFFD}")
    store.close()
  }

  @Test("A large group goes through, with more than fits into any buffer") func large() async throws {
    let url = try await PostgreSQLServer.shared.makeDatabase()
    let store = try await PostgreSQLStore.opened(url)
    let writer = try await TestWriter(store)
    let text = String(repeating: "ä", count: 2 << 20)
    let group = (0..<12).map { index in
      [
        StoreChange.putSession(Sample.session("s\(index)")),
        .putMessage(Sample.message(0, text), in: Sample.key("s\(index)")),
      ]
    }
    let errors = try await writer.commit(group: group)
    #expect(errors.allSatisfy { $0 == nil })
    var image = [UInt8](repeating: 9, count: 20 << 20)
    image[image.count - 1] = 8
    let digest = try #require(ImageDigest(bytes: [UInt8](repeating: 7, count: 32)))
    let stored = StoredImage(digest: digest, mediaType: .png, bytes: image)
    #expect(try await writer.commit(.putImage(stored, in: Sample.key("s1"))) == nil)
    #expect(try await writer.commit(.putSession(Sample.session("t"))) == nil)
    let reader = try await TestReader(store)
    #expect(try await reader.read { try $0.images(of: Sample.key("s1"), [digest]) } == [stored])
    let loaded = try await reader.read {
      try $0.session([Sample.key("s3")], recent: RecentMessages(messages: 9, bytes: 9))?.messages.first?
        .message.content
    }
    #expect(loaded?.utf8.count == text.utf8.count)
    store.close()
  }

  private static func random(_ count: Int) -> String {
    // What can be compressed fits into an index.
    String(decoding: (0..<count).map { _ in UInt8.random(in: 33..<127) }, as: UTF8.self)
  }

  private struct Unexpected: Error {
    let result: StoreWriteError?
    init(_ result: StoreWriteError?) { self.result = result }
  }
}
