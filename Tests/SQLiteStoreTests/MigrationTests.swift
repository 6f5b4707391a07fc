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
}
