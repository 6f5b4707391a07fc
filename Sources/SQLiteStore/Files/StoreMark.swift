internal import Sessions

/// By what a file is known to be a store's, without the library's cache and log: its first bytes, and its id in its place.
struct StoreMark {
  private static let format = Array("SQLite format 3\0".utf8)
  /// Of the last pages, where what is new goes.
  private static let sampledPages = 6

  private let id: [UInt8]
  /// Where the id's page begins.
  private let place: Int
  let pageSize: Int

  /// - Parameter connection: which finds the store as it should be.
  init(_ connection: SQLiteConnection) throws(SQLiteFailure) {
    pageSize = max(512, try connection.number("PRAGMA page_size"))
    let page = try connection.number("SELECT rootpage FROM sqlite_schema WHERE name = 'store'")
    place = max(0, page - 1).multipliedReportingOverflow(by: pageSize).partialValue
    id = Array((try connection.texts("SELECT id FROM store").first ?? "").utf8)
  }

  /// Whether it is in the file now.
  func isFound(by connection: SQLiteConnection) -> Bool {
    guard connection.fileBytes(at: 0, count: Self.format.count) == Self.format else { return false }
    let page = connection.fileBytes(at: place, count: pageSize)
    guard !id.isEmpty, page.count >= id.count else { return false }
    return (0...(page.count - id.count)).contains {
      page[$0] == id[0] && page[$0..<($0 + id.count)] == id[...]
    }
  }

  /// A number that differs, as a rule, where the file does: of its first page, the id's and the last ones.
  func sample(of connection: SQLiteConnection, bytes: Int) -> Int {
    var hasher = Hasher()
    hasher.combine(connection.fileBytes(at: 0, count: pageSize))
    hasher.combine(connection.fileBytes(at: place, count: pageSize))
    let last = min(Self.sampledPages * pageSize, bytes)
    hasher.combine(connection.fileBytes(at: bytes - last, count: last))
    return hasher.finalize()
  }
}
