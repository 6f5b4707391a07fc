internal import CSQLite

/// A prepared statement, and the row at which it stands. Belongs to its connection's queue.
final class SQLiteStatement {
  private let statement: OpaquePointer
  private let connection: OpaquePointer

  /// - Parameter sql: one statement.
  init(_ sql: String, on connection: OpaquePointer) throws(SQLiteFailure) {
    self.connection = connection
    var statement: OpaquePointer?
    // It is kept for as long as the connection: the library then takes its memory from elsewhere.
    let code = sqlite3_prepare_v3(
      connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw SQLiteFailure(code, on: connection) }
    self.statement = statement
  }

  deinit { sqlite3_finalize(statement) }

  /// Gives the parameters their values, in their order, before the first step.
  func bind(_ values: [SQLiteValue]) throws(SQLiteFailure) {
    for (place, value) in zip(Int32(1)..., values) {
      let code =
        switch value {
        case .null: sqlite3_bind_null(statement, place)
        case .integer(let number): sqlite3_bind_int64(statement, place, number)
        case .text(let text): Self.bind(text, statement, place)
        case .utf8(let bytes):
          bytes.withUnsafeBytes {
            csqlite_bind_text(
              statement, place, $0.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64($0.count))
          }
        case .bytes(let bytes):
          bytes.withUnsafeBytes { csqlite_bind_blob(statement, place, $0.baseAddress, UInt64($0.count)) }
        }
      guard code == SQLITE_OK else { throw SQLiteFailure(code, on: connection) }
    }
  }

  private static func bind(_ text: String, _ statement: OpaquePointer, _ place: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        csqlite_bind_text(statement, place, $0.baseAddress, UInt64($0.count))
      }
    }
  }

  /// Goes to the next row.
  ///
  /// - Returns: false behind the last.
  func step() throws(SQLiteFailure) -> Bool {
    let code = sqlite3_step(statement)
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw SQLiteFailure(code, on: connection)
    }
  }

  /// Ends it: until then it keeps others from what it reads, and memory for what was bound.
  func reset() {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  // MARK: The row

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

  func int(_ column: Int32) -> Int { Int(clamping: integer(column)) }

  func text(_ column: Int32) -> String { String(decoding: buffer(column), as: UTF8.self) }

  func bytes(_ column: Int32) -> [UInt8] { Array(buffer(column)) }

  func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

  func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// How many bytes a text or a blob has.
  func byteCount(_ column: Int32) -> Int { buffer(column).count }

  /// The bytes of a text or a blob; they are the library's, until the next step.
  private func buffer(_ column: Int32) -> UnsafeRawBufferPointer {
    // First the bytes, then their number: the other way round a conversion may lie between.
    let bytes = sqlite3_column_blob(statement, column)
    return UnsafeRawBufferPointer(
      start: bytes, count: bytes == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
  }
}
