import Access
import GatewayTesting
import Sessions
import System
import Testing

@testable import SQLiteStore

/// Stores of earlier versions are brought up to date, and what they have is there.
@Suite struct MigrationTests {
  private let folder = Folder()

  /// A store as the first version left it, with an answer that was running.
  private func makeFirstVersion() throws {
    _ = folder.folder.file("gateway.db", "")
    try folder.run(
      """
      \(Schema.version1)
      PRAGMA application_id = \(Schema.applicationID);
      PRAGMA user_version = 1;
      INSERT INTO sessions VALUES ('s1', 'loopback', 'A title', 1, 5, 6, 1, 1, NULL, 1);
      INSERT INTO messages VALUES ('s1', 0, 1, 0, 'alice', 'Hello', NULL, 6, 0, NULL, NULL, NULL, NULL, NULL);
      INSERT INTO generations VALUES (1, 'g1', 's1', 'loopback', 'm', 0, 1, 1, 0, 6, NULL, NULL, NULL, NULL, NULL, NULL);
      INSERT INTO generation_parts VALUES ('g1', 0, 'some text', x'12');
      """)
  }

  @Test func theFirstVersion() async throws {
    try makeFirstVersion()
    #expect(folder.refusal(.beside)?.kind == .unusable)
    let store = try folder.open()
    defer { store.close() }
    let storage = try SessionStorage(store, timeout: .seconds(10))
    #expect(try await StoreRecovery.endInterrupted(in: storage) == 1)
    let reader = try store.makeReader()
    let texts = try reader.messages(of: StoreKey(stored: "s1"), from: 0, limit: 10, bytes: .max)
      .map(\.message.content)
    #expect(texts == ["Hello", "some text"])
    #expect(try reader.parts(of: "g1").map(\.text) == [Array("some text".utf8)])
    // Numbers go up with the places, as they did.
    let errors = try await storage.writer.ask { writer throws(StoreError) in
      let taken = Message(number: 2, author: .user("alice"), content: "Hello", timestamp: .now)
      return try writer.commit([
        StoreWrite([.putMessage(StoredMessage(place: 2, message: taken), in: StoreKey(stored: "s1"))])
      ])
    }
    guard case .conflict = errors[0] else {
      Issue.record("\(errors)")
      return
    }
    #expect(
      try reader.sessions(ownedBy: "loopback", skip: 0, limit: 10).sessions.map(\.key.description) == ["s1"])
    await storage.readers.close()
    let connection = try SQLiteConnection(folder.path, for: .reading, durability: .full)
    #expect(try connection.number("PRAGMA user_version") == Schema.version)
    #expect(try connection.number("SELECT count(*) FROM checkpoints") == 0)
  }

  @Test(arguments: 1..<Schema.version)
  func accessIsOpenBeforeItCanBeClosed(_ version: Int) throws {
    _ = folder.folder.file("gateway.db", "")
    try folder.run(
      """
      \(Schema.migrations[..<version].joined())
      PRAGMA application_id = \(Schema.applicationID);
      PRAGMA user_version = \(version);
      INSERT INTO sessions VALUES ('s1', 'loopback', 'A title', 1, 5, 6, 1, 1, NULL, 1);
      """)
    for _ in 0..<2 {
      let store = try folder.open()
      defer { store.close() }
      let reader = try store.makeReader()
      #expect(try reader.sessions(after: nil, limit: 9).map(\.key.description) == ["s1"])
      #expect(try reader.access(limit: 9) == StoredAccess())
      #expect(try reader.usage(UsageQuestion(hours: 0..<9)).isEmpty)
    }
  }

  /// Stores are there that they have made: what is new is a migration of its own.
  @Test func whatLedToAVersionStaysAsItIs() {
    let digests = Schema.migrations.map { migration in
      SHA256.digest(of: Array(migration.utf8)).prefix(8).map {
        String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
      }
      .joined()
    }
    #expect(
      digests == [
        "4237a61681f82ea2", "da40edf7500899c3", "3c4a3c63364912ca", "377ccebc50086ec8", "76ec2f72db63cdee",
        "8849b402bff46ca4", "1cfaf7a585f19c6a", "1bf505069792e193",
      ])
  }

  private func makeFormer(_ keys: [(String, String)]) throws {
    _ = folder.folder.file("gateway.db", "")
    try folder.run(
      """
      \(Schema.migrations[..<4].joined())
      PRAGMA application_id = \(Schema.applicationID);
      PRAGMA user_version = 4;
      \(keys.map { id, document in "INSERT INTO api_keys VALUES ('\(id)', 'k', x'\(id)', 1, CAST('\(document)' AS BLOB));" }.joined())
      INSERT INTO sessions VALUES
        \(Self.formerSessions.map { "('\($0.key)', '\($0.owner)', '', NULL, 5, 6, 1, 1, '\($0.owner)', 1)" }.joined(separator: ", "));
      INSERT INTO messages SELECT key, 0, 1, 0, 'a', 'Hello', NULL, 6, 1, NULL, NULL, NULL, NULL, NULL FROM sessions;
      INSERT INTO images SELECT key, x'07', 'image/png', x'07' FROM sessions;
      INSERT INTO generations SELECT NULL, 'g-' || key, key, owner, 'm', 0, 1, 1, 1, 6, 7, 9, 'stop', NULL, NULL, 1
        FROM sessions;
      INSERT INTO idempotency SELECT owner, key, 'g-' || key, x'07', 9000000000000 FROM sessions;
      """)
  }

  private static let formerSessions: [(key: String, owner: String)] = [
    ("s1", "user:ann"), ("tour@user:ann", "user:ann"), ("tour@user:7", "user:7"),
    ("tour@user:1", "user:1"), ("tour@user:web", "user:web"), ("s2", "key:aaaaaaaaaaaa"),
    ("tour@loopback", "loopback"),
  ]

  /// Names that keys have, and that a key has said which acts for others.
  @Test("Names of users become users", arguments: [1, 2]) func formerUsers(_ acting: Int) throws {
    let keys = [
      ("aaaaaaaaaaaa", #"{"id":"aaaaaaaaaaaa","user":"ann"}"#), ("bbbbbbbbbbbb", #"{"user":"7"}"#),
      ("cccccccccccc", #"{"user":"ann"}"#), ("dddddddddddd", #"{"may_act_for_users":true}"#),
      ("eeeeeeeeeeee", #"{"may_act_for_users":\#(acting == 2)}"#),
    ]
    try makeFormer(keys)
    // Of two that act for users it is not known which has said a name.
    let said = acting == 1 ? "key:dddddddddddd" : "former"
    let expected =
      [
        "s1 user:2 user:2", "s2 key:aaaaaaaaaaaa key:aaaaaaaaaaaa", "tour@loopback loopback loopback",
        "tour@user:1 user:1 user:1", "tour@user:2 user:2 user:2",
      ]
      + ["1", "web"].map { name in (0..<3).map { _ in "\(said)/user:\(name)" }.joined(separator: " ") }.map {
        "tour@" + $0
      }
    for _ in 0..<2 {
      let store = try folder.open()
      defer { store.close() }
      let reader = try store.makeReader()
      let access = try reader.access(limit: 9)
      #expect(access.users.map(\.name) == ["7", "ann"] && access.users.map(\.id) == [1, 2])
      #expect(access.state.lastUser == 2)
      let document = String(decoding: try #require(access.users.last?.document), as: UTF8.self)
      #expect(
        document.hasPrefix(
          #"{"id":2,"name":"ann","scopes":["inference","chat","models.read"],"disabled":false,"#))
      let sessions = try reader.sessions(after: nil, limit: 99)
      #expect(sessions.map { "\($0.key) \($0.owner) \($0.lastAuthor ?? "")" }.sorted() == expected.sorted())
      for session in sessions {
        #expect(Principal.ID(storedName: session.owner)?.storedName == session.owner)
        #expect(try reader.messages(of: session.key, from: 0, limit: 9, bytes: 99).count == 1)
        #expect(try reader.lastGeneration(of: session.key)?.author == session.owner)
        let list = try reader.sessions(ownedBy: session.owner, skip: 0, limit: 9)
        #expect(list.total == sessions.count { $0.owner == session.owner })
      }
    }
    let connection = try SQLiteConnection(folder.path, for: .reading, durability: .full)
    #expect(try connection.texts("PRAGMA integrity_check") == ["ok"])
    #expect(try connection.texts("PRAGMA foreign_key_check").isEmpty)
    #expect(try connection.number("SELECT count(*) FROM images JOIN sessions ON key = session_key") == 7)
    #expect(
      try connection.number(
        "SELECT count(*) FROM idempotency i JOIN sessions s ON i.owner = s.owner JOIN generations g ON g.id = generation_id"
      ) > 6)
  }

  /// Some of everything that the first version has, and so each one after it.
  @Test("A store of any version has all that it had, and is written on", arguments: 1...Schema.version)
  func nothingIsLost(_ version: Int) throws {
    _ = folder.folder.file("gateway.db", "")
    let digest = String(repeating: "01", count: 32)
    try folder.run(
      """
      \(Schema.migrations[..<version].joined())
      PRAGMA application_id = \(Schema.applicationID);
      PRAGMA user_version = \(version);
      INSERT INTO secrets VALUES ('credentials', x'0100ff');
      INSERT INTO sessions VALUES ('s1', 'loopback', 'A title', 1, 5, 7, 2, 2, 'loopback', 1),
        ('s2', 'loopback', '', NULL, 5, 6, 0, 0, NULL, 1), ('s3', 'user:1', '', NULL, 5, 6, 0, 0, NULL, 1);
      INSERT INTO messages VALUES ('s1', 0, 1, 0, 'alice', 'What is it?', NULL, 6, 0, x'\(digest)', NULL, NULL, NULL, NULL),
        ('s1', 1, 2, 1, 'm', 'A fox.', 'Hm', 7, 0, NULL, 3, 4, 5, 6);
      INSERT INTO images VALUES ('s1', x'\(digest)', 'image/png', x'0203');
      INSERT INTO generations VALUES (1, 'g1', 's1', 'loopback', 'm', 0, 1, 1, 1, 6, 7, 9, 'stop', NULL, NULL, 1);
      INSERT INTO idempotency VALUES ('loopback', 'k1', 'g1', x'07', 9000000000000);
      """)
    let store = try folder.open()
    defer { store.close() }
    let (key, reader, writer) = (StoreKey(stored: "s1"), try store.makeReader(), try store.makeWriter())
    let messages = try reader.messages(of: key, from: 0, limit: 9, bytes: .max).map(\.message)
    #expect(messages.map(\.content) == ["What is it?", "A fox."] && messages.map(\.number) == [1, 2])
    #expect(messages[0].images.map(\.bytes) == [[UInt8](repeating: 1, count: 32)])
    #expect(messages[1].thinking == "Hm" && messages[1].usage?.completionTokens == 4)
    #expect(try reader.images(of: key, messages[0].images).map(\.bytes) == [[2, 3]])
    #expect(try reader.generation("g1")?.end?.doneReason == "stop")
    #expect(try reader.idempotentRequest("k1", of: "loopback")?.generation == "g1")
    #expect(try writer.secret("credentials", orElse: [7]) == [1, 0, 255])
    let list = try reader.sessions(ownedBy: "loopback", skip: 0, limit: 9)
    #expect(list.sessions.map(\.key.description) == ["s1", "s2"] && list.total == 2)
    let connection = try SQLiteConnection(folder.path, for: .reading, durability: .full)
    #expect(try connection.texts("PRAGMA integrity_check") == ["ok"])
    #expect(try connection.texts("PRAGMA foreign_key_check").isEmpty)
    // All that belongs to a session goes with it.
    #expect(try writer.commit([StoreWrite([.deleteSession(key), .closeAccess(since: .now)])]) == [nil])
    for table in ["messages", "images", "generations", "idempotency"] {
      #expect(try connection.number("SELECT count(*) FROM \(table)") == 0, "\(table)")
    }
    #expect(try reader.sessions(ownedBy: "loopback", skip: 0, limit: 9).total == 1)
  }
}
