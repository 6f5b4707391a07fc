internal import CSQLite
internal import Glibc
internal import Sessions
internal import System

/// What the library has reported.
struct SQLiteFailure: Error {
  /// The extended result code.
  let code: Int32
  /// The library's words.
  let message: String
  /// The `errno` of the system call that failed; 0 where none did.
  let systemError: Int32

  init(_ code: Int32, on connection: OpaquePointer?) {
    self.code = code
    message =
      connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? SQLiteFailure.words(for: code)
    // The connection keeps the last one for ever.
    let isOfSystem = [SQLITE_IOERR, SQLITE_CANTOPEN].contains(code & 0xFF)
    systemError = isOfSystem ? connection.map { sqlite3_system_errno($0) } ?? 0 : 0
  }

  /// What the rows say cannot be: somebody else has written them.
  init(damaged message: String) {
    code = SQLITE_CORRUPT
    self.message = message
    systemError = 0
  }

  private static func words(for code: Int32) -> String {
    sqlite3_errstr(code).map { String(cString: $0) } ?? "error \(code)"
  }

  /// The code without what is particular: `SQLITE_IOERR` for `SQLITE_IOERR_WRITE`.
  private var primary: Int32 { code & 0xFF }

  /// What it says of one member of a group; nil where the store itself has failed.
  var writeError: StoreWriteError? {
    switch (primary, code) {
    // The only tables that others refer to are sessions and generations, and these go with their session.
    case (SQLITE_CONSTRAINT, Self.foreignKey): .sessionIsGone
    case (SQLITE_CONSTRAINT, Self.unique), (SQLITE_CONSTRAINT, Self.primaryKey): .conflict(message)
    case (SQLITE_CONSTRAINT, _), (SQLITE_MISMATCH, _), (SQLITE_TOOBIG, _), (SQLITE_RANGE, _):
      .refused(message)
    default: nil
    }
  }

  /// What it says of the store.
  var kind: StoreError.Kind {
    switch primary {
    case SQLITE_FULL: .full
    case SQLITE_READONLY, SQLITE_PERM: .readOnly
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
    // What is asked for is there in each store of this version: somebody has taken it away.
    case SQLITE_ERROR where message.utf8.starts(with: "no such ".utf8): .corrupt
    default:
      switch systemError {
      case ENOSPC, EDQUOT: .full
      case EROFS, EACCES, EPERM: .readOnly
      default: .away
      }
    }
  }

  /// The library's words, and the system's.
  private var reason: String {
    systemError == 0 ? message : "\(message) (\(SystemCallError.reason(of: systemError)))"
  }

  /// What it says of a copy of a database that is sound, as far as is known: what has failed is the new file.
  ///
  /// - Parameters:
  ///   - what: what cannot be done, for people.
  ///   - source: what is copied.
  func copyError(failing what: String, of source: String) -> StoreError {
    switch kind {
    case .full: StoreError(.full, "\(what): there is no room on the disk: \(reason)")
    case .readOnly: StoreError(.readOnly, "\(what): its folder may not be written: \(reason)")
    case .corrupt: StoreError(.corrupt, "\(source) is damaged: \(reason)")
    default: StoreError(kind, "\(what): \(reason)")
    }
  }

  /// - Parameter path: the database's.
  func storeError(at path: String) -> StoreError {
    let advice =
      switch kind {
      case .full: "there is no room on its disk, or it has grown to store_max"
      case .readOnly: "it may not be written: look at the owner and the mode of the file and its folder"
      case .corrupt: "it is damaged: put back a backup (ollama-gateway restore FILE)"
      default: "it does not answer now"
      }
    return StoreError(kind, "the store \(path): \(advice): \(reason)")
  }

  // Macros with shifts: the importer leaves them out.
  private static let foreignKey = SQLITE_CONSTRAINT | (3 << 8)
  private static let primaryKey = SQLITE_CONSTRAINT | (6 << 8)
  private static let unique = SQLITE_CONSTRAINT | (8 << 8)
}

extension StoreError {
  /// Runs what asks the library, and tells of its failures in the words of stores.
  ///
  /// - Parameter path: the database's.
  static func telling<Result>(
    _ path: String, _ body: () throws(SQLiteFailure) -> Result
  ) throws(StoreError) -> Result {
    do throws(SQLiteFailure) {
      return try body()
    } catch {
      throw error.storeError(at: path)
    }
  }
}
