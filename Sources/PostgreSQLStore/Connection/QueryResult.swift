internal import CPostgreSQL
internal import Sessions

/// What a command has brought, in PostgreSQL's binary format. Belongs to the queue of its connection.
final class QueryResult {
  private let handle: OpaquePointer

  /// Takes over the library's result.
  init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { PQclear(handle) }

  var rows: Int { Int(PQntuples(handle)) }
  /// What was done: `COMMIT`, `UPDATE 1`.
  var tag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }

  /// - Returns: nil for NULL, and for what is no whole number.
  func integer(_ row: Int, _ column: Int) -> Int? {
    value(row, column) { bytes in
      guard bytes.count == 8 || bytes.count == 4 || bytes.count == 2 || bytes.count == 1 else { return nil }
      let number = bytes.reduce(0) { $0 << 8 | Int64($1) }
      // The sign is in the highest bit of what came.
      let shift = Int64(64 - 8 * bytes.count)
      return Int((number << shift) >> shift)
    }
  }

  func text(_ row: Int, _ column: Int) -> String? {
    value(row, column) { String(decoding: $0, as: UTF8.self) }
  }

  func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
    value(row, column) { Array($0) }
  }

  func isTrue(_ row: Int, _ column: Int) -> Bool { integer(row, column) == 1 }

  private func value<Value>(_ row: Int, _ column: Int, _ read: (UnsafeRawBufferPointer) -> Value?) -> Value? {
    let row = Int32(clamping: row)
    let column = Int32(clamping: column)
    guard PQgetisnull(handle, row, column) == 0, let start = PQgetvalue(handle, row, column) else {
      return nil
    }
    return read(UnsafeRawBufferPointer(start: start, count: Int(max(0, PQgetlength(handle, row, column)))))
  }
}
