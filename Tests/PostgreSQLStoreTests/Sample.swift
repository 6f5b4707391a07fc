import GatewayTesting
import Sessions
import System

@testable import PostgreSQLStore

/// What the tests of this target write.
enum Sample {
  static let time = Timestamp(millisecondsSince1970: 1_700_000_000_123)

  static func key(_ id: String) -> StoreKey { StoreKey(stored: id) }

  static func session(_ id: String, owner: String = "loopback", updated: Int64 = 0, messages: Int = 0)
    -> StoredSession
  {
    StoredSession(
      key: key(id), owner: owner, title: "title of \(id)", createdAt: time,
      updatedAt: Timestamp(millisecondsSince1970: time.millisecondsSince1970 + updated),
      messageCount: messages,
      lastNumber: messages)
  }

  static func message(_ place: Int, _ text: String = "text") -> StoredMessage {
    StoredMessage(
      place: place,
      message: Message(number: place + 1, author: .user("somebody"), content: text, timestamp: time))
  }

  static func generation(_ id: String, in session: String) -> StoredGeneration {
    StoredGeneration(
      id: id, session: key(session), author: "loopback", model: "model", messagePlace: 0, messageNumber: 1,
      startedAt: time)
  }
}

extension PostgreSQLStore {
  /// The same by a thread that may block.
  static func opened(
    _ url: String, password: String? = nil, mode: Mode = .service
  ) async throws -> PostgreSQLStore {
    try await TestThread.run { try PostgreSQLStore.open(url: url, password: password, mode: mode) }
  }
}

/// The writer of a store on a thread of its own each time: its calls block. One call at a time.
final class TestWriter: @unchecked Sendable {
  private let writer: any SessionStoreWriter

  init(_ store: PostgreSQLStore) async throws {
    writer = try await TestThread.run { Carried(try store.makeWriter()) }.value
  }

  func commit(_ changes: StoreChange...) async throws -> StoreWriteError? {
    try await commit(group: [changes])[0]
  }

  func commit(group: [[StoreChange]]) async throws -> [StoreWriteError?] {
    try await TestThread.run { try self.writer.commit(group.map { StoreWrite($0) }) }
  }

  func wasChangedByOthers() async throws -> Bool {
    try await TestThread.run { try self.writer.wasChangedByOthers() }
  }

  func secret(_ name: String, orElse new: [UInt8]) async throws -> [UInt8] {
    try await TestThread.run { try self.writer.secret(name, orElse: new) }
  }

  var usedBytes: Int { writer.usedBytes }
}

/// A reader, likewise.
final class TestReader: @unchecked Sendable {
  private let reader: any SessionStoreReader

  init(_ store: PostgreSQLStore) async throws {
    reader = try await TestThread.run { Carried(try store.makeReader()) }.value
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (any SessionStoreReader) throws -> Value
  ) async throws -> Value {
    try await TestThread.run { try body(self.reader) }
  }
}

/// Hands a value to another thread: whoever made it does not keep it.
private struct Carried<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: sending Value) { self.value = value }
}
