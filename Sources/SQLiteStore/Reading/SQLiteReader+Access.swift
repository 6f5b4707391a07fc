internal import Sessions
internal import System

extension SQLiteReader {
  func accessState() throws(StoreError) -> StoredAccessState {
    try reading { () throws(SQLiteFailure) in try state() }
  }

  func access(limit: Int) throws(StoreError) -> StoredAccess {
    try readingAtOnce { () throws(SQLiteFailure) in
      let limit = SQLiteValue.integer(max(0, limit))
      return StoredAccess(
        state: try state(), keys: try rows(.keys, [limit]) { StoredKey($0) },
        teams: try rows(.teams, [limit]) { StoredTeam($0) },
        users: try rows(.users, [limit]) { StoredUser($0) })
    }
  }

  private func state() throws(SQLiteFailure) -> StoredAccessState {
    let state = try row(.accessState, []) {
      StoredAccessState(
        closedSince: $0.optionalInteger(0).map { Timestamp(millisecondsSince1970: $0) }, revision: $0.int(1),
        lastUser: $0.int(2))
    }
    // Nothing said is not open.
    guard let state else { throw SQLiteFailure(damaged: "the table access has no row") }
    return state
  }

  func key(_ id: String) throws(StoreError) -> StoredKey? {
    try reading { () throws(SQLiteFailure) in try row(.key, [.text(id)]) { StoredKey($0) } }
  }

  func keyOwners(after name: String, limit: Int) throws(StoreError) -> [String] {
    try reading { () throws(SQLiteFailure) in
      try rows(.keyOwners, [.text(name), .integer(max(0, limit))]) { $0.text(0) }
    }
  }

  func adoptions(limit: Int) throws(StoreError) -> [StoredAdoptionOrder] {
    try reading { () throws(SQLiteFailure) in
      try rows(.adoptions, [.integer(max(0, limit))]) {
        StoredAdoptionOrder(
          number: $0.int(0), AdoptionOrder(other: $0.text(1), owner: $0.text(2)),
          at: Timestamp(millisecondsSince1970: $0.integer(3)))
      }
    }
  }

  func signIns(limit: Int) throws(StoreError) -> [StoredSignIn] {
    try reading { () throws(SQLiteFailure) in
      try rows(.signIns, [.integer(max(0, limit))]) { StoredSignIn($0) }
    }
  }

  func usage(_ question: UsageQuestion) throws(StoreError) -> [StoredUsage] {
    let flags = [question.byKey, question.byTeam, question.byUser, question.byModel]
    let names = [question.key, question.team, question.user, question.model]
    let values: [SQLiteValue] =
      [
        .integer(question.hours.lowerBound), .integer(question.hours.upperBound),
        .integer(question.step.rawValue),
      ] + flags.map { .integer($0 ? 1 : 0) } + names.map { .optional($0) } + [
        .integer(max(0, question.limit)), .integer(max(0, question.skip)),
      ]
    return try reading { () throws(SQLiteFailure) in try rows(.usage, values) { StoredUsage($0) } }
  }

  func usageEntries(_ question: UsageLogQuestion) throws(StoreError) -> [StoredUsageEntry] {
    let names = [question.key, question.team, question.user, question.model]
    let values: [SQLiteValue] =
      [question.from, question.to].map { .integer($0.millisecondsSince1970) } + names.map { .optional($0) }
      + [.integer(max(0, question.limit)), .integer(max(0, question.skip))]
    return try reading { () throws(SQLiteFailure) in
      try rows(.usageEntries, values) { StoredUsageEntry($0) }
    }
  }

  func counters(of windows: [Timestamp], limit: Int) throws(StoreError) -> [StoredCounter] {
    try readingAtOnce { () throws(SQLiteFailure) in
      var counters: [StoredCounter] = []
      for window in Set(windows) {
        let values: [SQLiteValue] = [.integer(window.millisecondsSince1970), .integer(max(0, limit))]
        counters += try rows(.counters, values) { StoredCounter($0) }
      }
      return counters
    }
  }
}
