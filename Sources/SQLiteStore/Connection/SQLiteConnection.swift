internal import CSQLite

/// A connection to a database, with the statements that were prepared on it. Belongs to one queue.
final class SQLiteConnection {
  /// What a connection is for.
  enum Use {
    case writing, reading, checkpoints

    /// Its cache, in KiB.
    fileprivate var cache: Int {
      switch self {
      case .writing: 2048
      case .reading: 1024
      case .checkpoints: 64
      }
    }

    /// How long it waits for another's lock, in milliseconds. A checkpoint that waits for a reader keeps the writer waiting.
    fileprivate var patience: Int { self == .checkpoints ? 100 : 5000 }
  }

  private let connection: OpaquePointer
  /// By the queries' places.
  private var statements: [SQLiteStatement?] = Array(repeating: nil, count: Query.allCases.count)
  /// How many pages the log has that are not known to be in the database, since this connection's last commit.
  fileprivate(set) var logPages = 0

  /// Opens a database that is there.
  ///
  /// - Parameter path: an absolute one.
  init(_ path: String, for use: Use, durability: SQLiteStore.Durability) throws(SQLiteFailure) {
    let mode = use == .reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
    var connection: OpaquePointer?
    // Each connection is used by one queue at a time: it needs no mutex.
    let code = sqlite3_open_v2(
      path, &connection, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, nil)
    guard let connection else { throw SQLiteFailure(code, on: nil) }
    guard code == SQLITE_OK else {
      let failure = SQLiteFailure(code, on: connection)
      sqlite3_close_v2(connection)
      throw failure
    }
    self.connection = connection
    // What is written by nobody but us may do nothing but what we do: no writing of schemas, no functions in them.
    _ = csqlite_switch_on(connection, SQLITE_DBCONFIG_DEFENSIVE)
    try run("PRAGMA trusted_schema = OFF")
    try run("PRAGMA busy_timeout = \(use.patience)")
    try run("PRAGMA synchronous = \(durability == .full ? "FULL" : "NORMAL")")
    try run("PRAGMA foreign_keys = ON")
    try run("PRAGMA secure_delete = ON")
    try run("PRAGMA temp_store = MEMORY")
    try run("PRAGMA cache_size = -\(use.cache)")
    try run("PRAGMA wal_autocheckpoint = 0")
    try run("PRAGMA journal_size_limit = \(64 << 20)")
    if use == .writing { watchLog() }
  }

  deinit {
    statements.removeAll()
    sqlite3_close_v2(connection)
  }

  // MARK: Statements of the table

  /// The statement of a query, with these values, before its first row. Whoever asks for it resets it.
  func begin(_ query: Query, _ values: [SQLiteValue] = []) throws(SQLiteFailure) -> SQLiteStatement {
    let statement: SQLiteStatement
    if let prepared = statements[query.rawValue] {
      statement = prepared
    } else {
      statement = try SQLiteStatement(query.sql, on: connection)
      statements[query.rawValue] = statement
    }
    do throws(SQLiteFailure) {
      try statement.bind(values)
    } catch {
      statement.reset()
      throw error
    }
    return statement
  }

  /// Runs a query that has no rows.
  ///
  /// - Returns: how many rows it has changed, triggers and cascades left out.
  @discardableResult
  func run(_ query: Query, _ values: [SQLiteValue] = []) throws(SQLiteFailure) -> Int {
    let statement = try begin(query, values)
    defer { statement.reset() }
    while try statement.step() {}
    return Int(sqlite3_changes64(connection))
  }

  /// The first row's number; nil where there is no row.
  func number(_ query: Query, _ values: [SQLiteValue] = []) throws(SQLiteFailure) -> Int? {
    let statement = try begin(query, values)
    defer { statement.reset() }
    return try statement.step() ? statement.optionalInt(0) : nil
  }

  // MARK: Others

  /// Runs statements once.
  func run(_ sql: String) throws(SQLiteFailure) {
    let code = sqlite3_exec(connection, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteFailure(code, on: connection) }
  }

  /// Runs a statement once that has values.
  func run(_ sql: String, _ values: [SQLiteValue]) throws(SQLiteFailure) {
    let statement = try SQLiteStatement(sql, on: connection)
    try statement.bind(values)
    while try statement.step() {}
  }

  /// The first column of a statement's rows.
  func texts(_ sql: String, column: Int32 = 0) throws(SQLiteFailure) -> [String] {
    let statement = try SQLiteStatement(sql, on: connection)
    var texts: [String] = []
    while try statement.step() { texts.append(statement.text(column)) }
    return texts
  }

  /// The first number of a statement's first row; 0 where there is none.
  func number(_ sql: String) throws(SQLiteFailure) -> Int {
    let statement = try SQLiteStatement(sql, on: connection)
    return try statement.step() ? statement.int(0) : 0
  }

  /// Whether a transaction is open: some failures end it.
  var isInTransaction: Bool { sqlite3_get_autocommit(connection) == 0 }

  /// Ends the transaction that is open, if there is one, without what it has changed.
  func rollBack() {
    if isInTransaction { _ = try? run(.rollBack) }
  }

  // MARK: The write-ahead log

  /// A checkpoint's kind.
  enum Checkpoint {
    /// Copies what nobody keeps it from.
    case passive
    /// Copies all, and lets the next writer begin the log anew.
    case restart
    /// Copies all, and empties the log: what was deleted is on no disk any more.
    case truncate

    fileprivate var mode: Int32 {
      switch self {
      case .passive: SQLITE_CHECKPOINT_PASSIVE
      case .restart: SQLITE_CHECKPOINT_RESTART
      case .truncate: SQLITE_CHECKPOINT_TRUNCATE
      }
    }
  }

  /// Copies the log to the database.
  ///
  /// - Returns: false where others kept it from doing all.
  func checkpoint(_ kind: Checkpoint) throws(SQLiteFailure) -> Bool {
    var pages: Int32 = 0
    var copied: Int32 = 0
    let code = sqlite3_wal_checkpoint_v2(connection, nil, kind.mode, &pages, &copied)
    switch code & 0xFF {
    case SQLITE_OK: return pages == copied
    case SQLITE_BUSY, SQLITE_LOCKED: return false
    default: throw SQLiteFailure(code, on: connection)
    }
  }

  /// Leaves the log as it is when this connection is closed, though it be the last one.
  func leaveLog() { _ = csqlite_switch_on(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE) }

  /// What the file has at a place, past the library's cache and log, by its own descriptor: to open the file and close it would take
  /// its locks away. Shorter where the file is; empty where it cannot be read.
  func fileBytes(at place: Int, count: Int) -> [UInt8] {
    guard place >= 0, let count = Int32(exactly: count), count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, length in
      let code = csqlite_read_file(connection, buffer.baseAddress, count, Int64(place))
      length = code == SQLITE_OK ? Int(count) : 0
    }
  }

  /// Has the library say after each commit how long the log is.
  private func watchLog() {
    // The connection calls it on its own queue, and is closed before this object is gone.
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = sqlite3_wal_hook(
      connection,
      { context, _, _, pages in
        if let context {
          Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
        }
        return SQLITE_OK
      }, context)
  }
}
