import Sessions

/// Deletes sessions, some in a commit.
struct SessionDeletion {
  private static let portion = 100

  private let reader: any SessionStoreReader
  private let writer: any SessionStoreWriter
  /// How many are deleted.
  private(set) var count = 0

  init(_ reader: any SessionStoreReader, _ writer: any SessionStoreWriter) {
    self.reader = reader
    self.writer = writer
  }

  /// - Returns: those that there are not.
  mutating func delete(_ keys: [String]) throws(StoreError) -> [String] {
    var unknown: [String] = []
    for key in keys {
      if let session = try reader.stored(key) { try delete([session]) } else { unknown.append(key) }
    }
    return unknown
  }

  /// - Parameters:
  ///   - owner: nil for all sessions.
  ///   - spans: those of orders by which some of them are somebody else's: these stay.
  mutating func deleteAll(of owner: String?, except spans: [AdoptionSpan] = []) throws(StoreError) {
    var kept = 0
    while true {
      let sessions =
        if let owner {
          try reader.sessions(ownedBy: owner, skip: kept, limit: Self.portion).sessions
        } else {
          try reader.sessions(after: nil, limit: Self.portion)
        }
      if sessions.isEmpty { return }
      let deleted = sessions.filter { session in !spans.contains { $0.covers(session.createdAt) } }
      kept += sessions.count - deleted.count
      try delete(deleted)
    }
  }

  private mutating func delete(_ sessions: [StoredSession]) throws(StoreError) {
    let errors = try writer.commit(sessions.map { StoreWrite([.deleteSession($0.key)]) })
    for case let error? in errors { throw StoreError(.away, "a session was not deleted: \(error)") }
    count += sessions.count
  }
}
