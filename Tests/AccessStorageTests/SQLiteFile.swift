import CSQLite
import Glibc
import Testing

/// The file of a store, as somebody else may treat it.
enum SQLiteFile {
  /// Runs statements past all that the store does.
  static func run(_ sql: String, at path: String) throws {
    var connection: OpaquePointer?
    defer { sqlite3_close_v2(connection) }
    try #require(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
    sqlite3_busy_timeout(connection, 5000)
    // What comes after a failing statement is not run.
    _ = sqlite3_exec(connection, sql, nil, nil, nil)
  }

  static func move(_ path: String, to other: String) throws { try #require(rename(path, other) == 0) }
}
