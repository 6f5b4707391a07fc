import CSQLite
import GatewayTesting
import Glibc
import Sessions
import System

@testable import SQLiteStore

/// A folder for a store, and what a test does there.
final class Folder {
  let folder = TemporaryFolder()

  var path: String { folder.path + "/gateway.db" }

  /// The names of what is there.
  var names: Set<String> {
    guard let folder = opendir(folder.path) else { return [] }
    defer { closedir(folder) }
    var names: Set<String> = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.insert(name) }
    }
    return names
  }

  func open(
    _ mode: SQLiteStore.Mode = .service, maximumBytes: Int? = nil
  ) throws(StoreError) -> SQLiteStore {
    try SQLiteStore.open(path: path, mode: mode, maximumBytes: maximumBytes)
  }

  /// Why the store cannot be opened.
  func refusal(_ mode: SQLiteStore.Mode = .service, path: String? = nil) -> StoreError? {
    do throws(StoreError) {
      try SQLiteStore.open(path: path ?? self.path, mode: mode).close()
      return nil
    } catch {
      return error
    }
  }

  /// Runs SQL on a database of the folder, as another program does.
  func run(_ sql: String, on name: String = "gateway.db") throws {
    let connection = try SQLiteConnection("\(folder.path)/\(name)", for: .writing, durability: .full)
    try connection.run(sql)
  }

  /// Runs SQL and leaves what it has changed in the log, as a process does that is killed.
  func leaveInTheLog(_ sql: String) throws {
    var connection: OpaquePointer?
    sqlite3_open(path, &connection)
    guard let connection else { throw StoreError(.away, "cannot open") }
    _ = csqlite_switch_on(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
    let code = sqlite3_exec(connection, "PRAGMA wal_autocheckpoint = 0; \(sql)", nil, nil, nil)
    sqlite3_close(connection)
    guard code == SQLITE_OK else { throw StoreError(.away, "error \(code)") }
  }

  /// The file's bytes.
  func bytes(_ name: String = "gateway.db") throws -> [UInt8] {
    let file = try FileDescriptor("\(folder.path)/\(name)", O_RDONLY)
    return try file.read(limit: 64 << 20)
  }

  /// Makes a store with a session, whose message has this text, and closes it.
  func makeStore(saying text: String = "Hello") throws {
    let store = try open()
    defer { store.close() }
    let writer = try store.makeWriter()
    try writer.put("s1", saying: text)
  }

  /// What the messages of the session say.
  func texts(_ key: String = "s1") throws -> [String] {
    let store = try open(.beside)
    defer { store.close() }
    return try store.makeReader().messages(of: StoreKey(stored: key), from: 0, limit: 1_000_000, bytes: .max)
      .map(\.message.content)
  }
}

extension SessionStoreWriter {
  /// Writes a session with one message.
  func put(_ key: String, saying text: String, owner: String = "loopback") throws {
    let now = Timestamp.now
    let key = StoreKey(stored: key)
    let message = Message(number: 1, author: .user("alice"), content: text, timestamp: now)
    let errors = try commit([
      StoreWrite([
        .putSession(
          StoredSession(
            key: key, owner: owner, createdAt: now, updatedAt: now, messageCount: 1, lastNumber: 1)),
        .putMessage(StoredMessage(place: 0, message: message), in: key),
      ])
    ])
    guard errors == [nil] else { throw StoreError(.unusable, "\(errors)") }
  }
}

extension FileStatus {
  /// What is there by the name; nil where nothing is.
  static func of(_ path: String) -> FileStatus? { (try? FileStatus(path)) ?? nil }
}
