internal import Glibc
internal import Sessions
internal import System

/// The first bytes of a database's file (sqlite.org/fileformat2.html, 1.3): read before the library opens it, which already
/// changes what lies beside a file.
struct DatabaseHeader {
  private static let mark = Array("SQLite format 3\0".utf8)
  static let length = 100

  let applicationID: Int
  let userVersion: Int

  /// - Returns: nil for what is no SQLite database.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.length, bytes.starts(with: Self.mark) else { return nil }
    func number(_ place: Int) -> Int { bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
    userVersion = number(60)
    applicationID = number(68)
  }

  /// As the library finds it.
  init(_ connection: SQLiteConnection) throws(SQLiteFailure) {
    applicationID = try connection.number("PRAGMA application_id")
    userVersion = try connection.number("PRAGMA user_version")
  }

  /// Looks whether a file is a store that this program knows. Nothing in this process may have it open: to close a file takes the
  /// locks of all who have it open in the process.
  ///
  /// - Parameter path: a file's, which has some bytes.
  static func check(_ path: String) throws(StoreError) {
    let bytes: [UInt8]
    do throws(SystemCallError) {
      let file = try FileDescriptor(path, O_RDONLY)
      bytes = try file.read(limit: length)
    } catch {
      throw StoreError(.unusable, "the store \(path) cannot be read: \(error.reason)")
    }
    guard let header = DatabaseHeader(bytes) else {
      throw StoreError(.corrupt, "\(path) is no SQLite database, or it is damaged: it was not touched")
    }
    try header.check(path)
  }

  /// - Parameter path: for the words.
  func check(_ path: String) throws(StoreError) {
    guard applicationID == Schema.applicationID else {
      throw StoreError(.corrupt, "\(path) is the SQLite database of another program: it was not touched")
    }
    guard userVersion <= Schema.version else {
      throw StoreError(
        .newer,
        """
        the store \(path) was made by a newer ollama-gateway (its schema is version \(userVersion), this program knows \
        \(Schema.version)): use that program, or a backup from before
        """)
    }
  }
}
