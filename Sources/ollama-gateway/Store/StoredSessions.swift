import Sessions

/// The sessions of a store, one after the other, some at a time.
struct StoredSessions {
  private static let portion = 200

  private let reader: any SessionStoreReader
  private let owner: String?
  private var portion: [StoredSession] = []
  private var last: StoreKey?
  private var count = 0

  /// - Parameter owner: nil for all sessions, by their keys; else this one's, the one that was used last first. A session that is
  ///   used meanwhile moves, and another one may come twice.
  init(_ reader: any SessionStoreReader, owner: String?) {
    self.reader = reader
    self.owner = owner
  }

  mutating func next() throws(StoreError) -> StoredSession? {
    if portion.isEmpty {
      portion =
        if let owner {
          try reader.sessions(ownedBy: owner, skip: count, limit: Self.portion).sessions.reversed()
        } else {
          try reader.sessions(after: last, limit: Self.portion).reversed()
        }
    }
    guard let session = portion.popLast() else { return nil }
    count += 1
    last = session.key
    return session
  }
}

/// The messages of a session, one after the other, some at a time.
struct StoredMessages {
  private static let portion = 100
  private static let bytes = 4 << 20

  private let reader: any SessionStoreReader
  private let key: StoreKey
  private var portion: [StoredMessage] = []
  private var place = 0

  init(_ reader: any SessionStoreReader, of key: StoreKey) {
    self.reader = reader
    self.key = key
  }

  mutating func next() throws(StoreError) -> StoredMessage? {
    if portion.isEmpty {
      portion = try reader.messages(of: key, from: place, limit: Self.portion, bytes: Self.bytes).reversed()
    }
    guard let message = portion.popLast() else { return nil }
    place = message.place + 1
    return message
  }
}

extension SessionStoreReader {
  /// The session of a key.
  func stored(_ key: String) throws(StoreError) -> StoredSession? {
    try session([StoreKey(stored: key)], recent: RecentMessages(messages: 0, bytes: 0))?.session
  }
}
