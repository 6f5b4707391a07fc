internal import Sessions
internal import System

extension SQLiteReader {
  func session(_ keys: [StoreKey], recent: RecentMessages) throws(StoreError) -> LoadedSession? {
    try readingAtOnce { () throws(SQLiteFailure) in
      for key in keys {
        guard let session = try session(key.description) else { continue }
        return LoadedSession(session: session, messages: try recentMessages(of: key, recent))
      }
      return nil
    }
  }

  private func session(_ key: String) throws(SQLiteFailure) -> StoredSession? {
    try row(.session, [.text(key)]) { StoredSession($0) }
  }

  private func recentMessages(
    of key: StoreKey, _ recent: RecentMessages
  ) throws(SQLiteFailure) -> [StoredMessage] {
    // A turn.
    let least = 2
    let most = max(least, recent.messages)
    let rows = try connection.begin(.recentMessages, [.text(key.description), .integer(most)])
    defer { rows.reset() }
    var messages: [StoredMessage] = []
    var left = recent.bytes
    while try rows.step() {
      let bytes = StoredMessage.textBytes(of: rows)
      if messages.count >= least, bytes > left { break }
      messages.append(try StoredMessage(rows))
      left = max(0, left - bytes)
    }
    return messages.reversed()
  }

  func messages(
    of key: StoreKey, from place: Int, limit: Int, bytes: Int
  ) throws(StoreError) -> [StoredMessage] {
    try reading { () throws(SQLiteFailure) in
      let rows = try connection.begin(
        .messages, [.text(key.description), .integer(place), .integer(max(0, limit))])
      defer { rows.reset() }
      var messages: [StoredMessage] = []
      var left = bytes
      while try rows.step() {
        let bytes = StoredMessage.textBytes(of: rows)
        // One in any case: who asks on from there gets to the end.
        if !messages.isEmpty, bytes > left { break }
        messages.append(try StoredMessage(rows))
        left = max(0, left - bytes)
      }
      return messages
    }
  }

  func sessions(
    ownedBy owner: String, skip: Int, limit: Int
  ) throws(StoreError) -> (sessions: [StoredSession], total: Int) {
    try readingAtOnce { () throws(SQLiteFailure) in
      let total = try connection.number(.total, [.text(owner)]) ?? 0
      var sessions: [StoredSession] = []
      for key in try keys(ofOwner: owner, total: total, skip: skip, limit: limit) {
        if let session = try session(key) { sessions.append(session) }
      }
      return (sessions, total)
    }
  }

  func latestSessions(skip: Int, limit: Int) throws(StoreError) -> [StoredSession] {
    try readingAtOnce { () throws(SQLiteFailure) in
      let keys = try rows(.keysOfAll, [.integer(max(0, limit)), .integer(max(0, skip))]) { $0.text(0) }
      var sessions: [StoredSession] = []
      for key in keys {
        if let session = try session(key) { sessions.append(session) }
      }
      return sessions
    }
  }

  /// What is skipped costs a step in the index each: it is counted from the end that is nearer.
  private func keys(
    ofOwner owner: String, total: Int, skip: Int, limit: Int
  ) throws(SQLiteFailure) -> [String] {
    let skip = max(0, skip)
    guard skip < total, limit > 0 else { return [] }
    let count = min(limit, total - skip)
    let rest = total - skip - count
    if skip <= rest {
      return try rows(.keysOfOwner, [.text(owner), .integer(count), .integer(skip)]) { $0.text(0) }
    }
    return try rows(.keysOfOwnerFromTheEnd, [.text(owner), .integer(count), .integer(rest)]) { $0.text(0) }
      .reversed()
  }

  func sessions(
    notUpdatedSince time: Timestamp, ofAddressesOnly: Bool, limit: Int
  ) throws(StoreError) -> [StoredSession] {
    try reading { () throws(SQLiteFailure) in
      try rows(
        ofAddressesOnly ? .sessionsOfAddresses : .sessionsByUse,
        [.integer(time.millisecondsSince1970), .integer(max(0, limit))]
      ) { StoredSession($0) }
    }
  }

  func sessions(after key: StoreKey?, limit: Int) throws(StoreError) -> [StoredSession] {
    try reading { () throws(SQLiteFailure) in
      // No key is empty.
      try rows(.sessionsAfter, [.text(key?.description ?? ""), .integer(max(0, limit))]) { StoredSession($0) }
    }
  }

  func imageDigests(of key: StoreKey) throws(StoreError) -> [ImageDigest] {
    try reading { () throws(SQLiteFailure) in
      try rows(.imageDigests, [.text(key.description)]) { ImageDigest(bytes: $0.bytes(0)) }.compactMap { $0 }
    }
  }

  func images(of key: StoreKey, _ digests: [ImageDigest]) throws(StoreError) -> [StoredImage] {
    try readingAtOnce { () throws(SQLiteFailure) in
      var images: [StoredImage] = []
      for digest in digests {
        let values: [SQLiteValue] = [.text(key.description), .bytes(digest.bytes)]
        let image = try row(.image, values) { (row) throws(SQLiteFailure) in
          guard let type = SessionImage.MediaType(rawValue: row.text(0)) else {
            throw SQLiteFailure(damaged: "an image has an unknown type")
          }
          return StoredImage(digest: digest, mediaType: type, bytes: row.bytes(1))
        }
        if let image { images.append(image) }
      }
      return images
    }
  }
}
