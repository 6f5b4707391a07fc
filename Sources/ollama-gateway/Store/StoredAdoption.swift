import Sessions

/// Gives sessions to another owner, some in a commit.
struct StoredAdoption {
  private static let portion = 100

  private let reader: any SessionStoreReader
  private let writer: any SessionStoreWriter
  /// How many were given.
  private(set) var count = 0

  init(_ reader: any SessionStoreReader, _ writer: any SessionStoreWriter) {
    self.reader = reader
    self.writer = writer
  }

  mutating func give(sessionsOf owner: String, to newOwner: String) throws(StoreError) {
    while true {
      let sessions = try reader.sessions(ownedBy: owner, skip: 0, limit: Self.portion).sessions
      if sessions.isEmpty { return }
      for session in sessions { try give(session.key, to: newOwner) }
    }
  }

  private mutating func give(_ key: StoreKey, to owner: String) throws(StoreError) {
    // Where its id was made here it keeps its key.
    let own = key.hasOwner ? key.sessionID.map { StoreKey($0, of: owner) } ?? key : key
    var error = try write(.giveSession(key, to: owner, as: own))
    if case .conflict = error {
      error = try write(.giveSession(key, to: owner, as: StoreKey(.random(), of: nil)))
    }
    switch error {
    case nil: count += 1
    // Somebody has deleted it meanwhile.
    case .sessionIsGone: break
    case let error?: throw StoreError(.away, "the session \(key) was not given: \(error)")
    }
  }

  private func write(_ change: StoreChange) throws(StoreError) -> StoreWriteError? {
    try writer.commit([StoreWrite([change])]).first ?? nil
  }
}
