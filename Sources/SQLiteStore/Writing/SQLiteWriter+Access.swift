internal import Sessions
internal import System

extension SQLiteWriter {
  /// - Returns: why the store does not take the change, where the library has no word for it.
  func applyToAccess(_ change: StoreChange) throws(SQLiteFailure) -> StoreWriteError? {
    switch change {
    case .giveSession(let key, let owner, let newKey): return try give(key, to: owner, as: newKey)
    case .putKey(let key):
      if try connection.run(key.revision == 1 ? .addKey : .changeKey, key.values) == 0,
        try !isStored(key)
      {
        return .conflict("another key, or another revision of it, is there")
      }
      if key.revision == 1 { try connection.run(.closeAccess, [.now]) }
    case .deleteKey(let id):
      try connection.run(.deleteKey, [.text(id)])
      try connection.run(.dropCounters, [.text("key:\(id)")])
    case .putTeam(let team):
      if try connection.run(team.revision == 1 ? .addTeam : .changeTeam, team.values) == 0,
        try !isStored(team)
      {
        return .conflict("another team of this name, or another revision of it, is there")
      }
    case .deleteTeam(let name):
      try connection.run(.deleteTeam, [.text(name)])
      try connection.run(.dropCounters, [.text("team:\(name)")])
    case .closeAccess(let time):
      try connection.run(.closeAccess, [.integer(time.millisecondsSince1970)])
    default: return nil
    }
    try connection.run(.countAccessChange)
    return nil
  }

  /// Whether this very row is there: then it was put before.
  private func isStored(_ key: StoredKey) throws(SQLiteFailure) -> Bool {
    let row = try connection.begin(.key, [.text(key.id)])
    defer { row.reset() }
    return try row.step() && StoredKey(row) == key
  }

  private func isStored(_ team: StoredTeam) throws(SQLiteFailure) -> Bool {
    let rows = try connection.begin(.team, [.text(team.name)])
    defer { rows.reset() }
    return try rows.step() && StoredTeam(rows) == team
  }

  private func give(
    _ key: StoreKey, to owner: String, as newKey: StoreKey
  ) throws(SQLiteFailure) -> StoreWriteError? {
    let (old, new) = (SQLiteValue.text(key.description), SQLiteValue.text(newKey.description))
    guard newKey != key else {
      return try connection.run(.giveSession, [old, .text(owner), .integer(epoch)]) == 0
        ? .sessionIsGone : nil
    }
    if try connection.run(.copySession, [old, new, .text(owner), .integer(epoch)]) == 0 {
      let (isOldThere, isNewThere) = (try isThere(old), try isThere(new))
      if isOldThere { return .conflict("another session has the key \(newKey)") }
      return isNewThere ? nil : .sessionIsGone
    }
    for query in [Query.moveMessages, .moveImages, .moveGenerations] {
      try connection.run(query, [old, new])
    }
    try connection.run(.deleteSession, [old])
    return nil
  }

  private func isThere(_ key: SQLiteValue) throws(SQLiteFailure) -> Bool {
    let row = try connection.begin(.session, [key])
    defer { row.reset() }
    return try row.step()
  }

  // MARK: Usage

  func applyToUsage(_ change: StoreChange) throws(SQLiteFailure) {
    switch change {
    case .addUsage(let flush): try add(flush)
    case .dropUsage(let hour): try connection.run(.dropUsage, [.integer(hour)])
    case .dropUsageEntries(let time):
      try connection.run(.dropUsageEntries, [.integer(time.millisecondsSince1970)])
    case .dropCounters(let subject): try connection.run(.dropCounters, [.text(subject)])
    case .dropOldCounters(let time):
      let time = SQLiteValue.integer(time.millisecondsSince1970)
      try connection.run(.dropOldCounters, [time])
      try connection.run(.dropOldFlushes, [time])
    default: break
    }
  }

  private func add(_ flush: StoredUsageFlush) throws(SQLiteFailure) {
    let time = flush.time.millisecondsSince1970
    // One that was written before is not added again.
    guard try connection.run(.beginFlush, [.integer(flush.run), .integer(flush.number), .integer(time)]) > 0
    else {
      return
    }
    for usage in flush.usage { try connection.run(.addUsage, usage.values) }
    for counter in flush.counters { try connection.run(.addToCounter, counter.values) }
    for entry in flush.entries { try connection.run(.addUsageEntry, entry.values) }
  }
}

extension SQLiteValue {
  static var now: SQLiteValue { .integer(Timestamp.now.millisecondsSince1970) }
}
