internal import Sessions
internal import System

/// Reads from a store, by a connection that cannot write.
final class SQLiteReader: SessionStoreReader {
  let connection: SQLiteConnection
  private let path: String

  init(_ path: String, durability: SQLiteStore.Durability) throws(StoreError) {
    self.path = path
    connection = try StoreError.telling(path) { () throws(SQLiteFailure) in
      try SQLiteConnection(path, for: .reading, durability: durability)
    }
  }

  /// Runs what reads, and says what has failed in the words of stores.
  func reading<Result>(_ body: () throws(SQLiteFailure) -> Result) throws(StoreError) -> Result {
    try StoreError.telling(path, body)
  }

  /// Runs what asks several questions: it sees the store as it was at the first of them.
  func readingAtOnce<Result>(_ body: () throws(SQLiteFailure) -> Result) throws(StoreError) -> Result {
    try reading { () throws(SQLiteFailure) in
      try connection.run(.beginReading)
      do throws(SQLiteFailure) {
        let result = try body()
        try connection.run(.commit)
        return result
      } catch {
        connection.rollBack()
        throw error
      }
    }
  }

  /// All rows of a query.
  func rows<Value>(
    _ query: Query, _ values: [SQLiteValue], _ read: (SQLiteStatement) throws(SQLiteFailure) -> Value
  ) throws(SQLiteFailure) -> [Value] {
    let statement = try connection.begin(query, values)
    defer { statement.reset() }
    var rows: [Value] = []
    while try statement.step() { rows.append(try read(statement)) }
    return rows
  }

  /// The first row of a query; nil where there is none.
  func row<Value>(
    _ query: Query, _ values: [SQLiteValue], _ read: (SQLiteStatement) throws(SQLiteFailure) -> Value
  ) throws(SQLiteFailure) -> Value? {
    let statement = try connection.begin(query, values)
    defer { statement.reset() }
    return try statement.step() ? try read(statement) : nil
  }
}
