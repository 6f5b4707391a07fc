internal import Sessions
internal import System

extension PostgreSQLReader {
  func accessState() throws(StoreError) -> StoredAccessState {
    try ask(ReadStatements.accessState, []) { (result) throws(DamagedRow) in
      // Nothing said is not open.
      guard let revision = result.integer(0, 1), let lastUser = result.integer(0, 2) else {
        throw DamagedRow(what: "state of access")
      }
      return StoredAccessState(closedSince: result.time(0, 0), revision: revision, lastUser: lastUser)
    }
  }

  func access(limit: Int) throws(StoreError) -> StoredAccess {
    try ask(ReadStatements.access, [Parameter(max(0, limit))]) { (result) throws(DamagedRow) in
      var access: StoredAccess?
      for row in 0..<result.rows {
        switch result.integer(row, 0) {
        case 0:
          guard let revision = result.integer(row, 4), let lastUser = result.integer(row, 7) else { break }
          access = StoredAccess(
            state: StoredAccessState(
              closedSince: result.time(row, 6), revision: revision, lastUser: lastUser))
        case 1: access?.keys.append(try result.key(row, 1))
        case 2: access?.teams.append(try result.team(row))
        default: access?.users.append(try result.user(row))
        }
      }
      guard let access else { throw DamagedRow(what: "state of access") }
      return access
    }
  }

  func key(_ id: String) throws(StoreError) -> StoredKey? {
    try rows(ReadStatements.key, [Parameter(id)]) { (result, row) throws(DamagedRow) in try result.key(row, 0)
    }
    .first
  }

  func keyOwners(after name: String, limit: Int) throws(StoreError) -> [String] {
    try rows(ReadStatements.keyOwners, [Parameter(name), Parameter(max(0, limit))]) {
      (result, row) throws(DamagedRow) in
      guard let owner = result.text(row, 0) else { throw DamagedRow(what: "owner") }
      return owner
    }
  }

  func adoptions(limit: Int) throws(StoreError) -> [StoredAdoptionOrder] {
    try rows(ReadStatements.adoptions, [Parameter(max(0, limit))]) { (result, row) throws(DamagedRow) in
      guard let number = result.integer(row, 0), let other = result.text(row, 1),
        let owner = result.text(row, 2), let time = result.integer(row, 3)
      else { throw DamagedRow(what: "order of an adoption") }
      return StoredAdoptionOrder(
        number: number, AdoptionOrder(other: other, owner: owner),
        at: Timestamp(millisecondsSince1970: Int64(time)))
    }
  }

  func signIns(limit: Int) throws(StoreError) -> [StoredSignIn] {
    try rows(ReadStatements.signIns, [Parameter(max(0, limit))]) { (result, row) throws(DamagedRow) in
      guard let id = result.text(row, 0), let user = result.integer(row, 1),
        let expiresAt = result.time(row, 2), let document = result.bytes(row, 3)
      else { throw DamagedRow(what: "sign-in") }
      return StoredSignIn(id: id, user: user, expiresAt: expiresAt, document: document)
    }
  }

  func usage(_ question: UsageQuestion) throws(StoreError) -> [StoredUsage] {
    let numbers = [question.hours.lowerBound, question.hours.upperBound, question.step.rawValue]
    let flags = [question.byKey, question.byTeam, question.byUser, question.byModel]
    let names = [question.key, question.team, question.user, question.model]
    let parameters =
      numbers.map { Parameter($0) } + flags.map { Parameter($0 ? 1 : 0) } + names.map { Parameter($0) } + [
        Parameter(max(0, question.limit)), Parameter(max(0, question.skip)),
      ]
    return try rows(ReadStatements.usage, parameters) { (result, row) throws(DamagedRow) in
      try result.usage(row)
    }
  }

  func usage(after account: StoredUsage.Account?, limit: Int) throws(StoreError) -> [StoredUsage] {
    // No hour is before 1970.
    let start = account ?? StoredUsage.Account(hour: -1)
    let parameters =
      [Parameter(start.hour)] + [start.key, start.team, start.user, start.model].map { Parameter($0) } + [
        Parameter(max(0, limit))
      ]
    return try rows(ReadStatements.usageOfAll, parameters) { (result, row) throws(DamagedRow) in
      try result.usage(row)
    }
  }

  func usageEntries(_ question: UsageLogQuestion) throws(StoreError) -> [StoredUsageEntry] {
    let names = [question.key, question.team, question.user, question.model]
    let parameters =
      [Parameter(question.from), Parameter(question.to)] + names.map { Parameter($0) } + [
        Parameter(max(0, question.limit)), Parameter(max(0, question.skip)),
      ]
    return try rows(ReadStatements.usageEntries, parameters) { (result, row) throws(DamagedRow) in
      try result.entry(row)
    }
  }

  func usageEntries(
    after place: StoredUsageEntry.Place?, limit: Int
  ) throws(StoreError) -> [StoredUsageEntry] {
    let start = place.map { [Int($0.time.millisecondsSince1970), $0.run, $0.number] } ?? [.min, .min, .min]
    let parameters = start.map { Parameter($0) } + [Parameter(max(0, limit))]
    return try rows(ReadStatements.usageEntriesOfAll, parameters) { (result, row) throws(DamagedRow) in
      try result.entry(row)
    }
  }

  func counters(of windows: [Timestamp], limit: Int) throws(StoreError) -> [StoredCounter] {
    let starts = Set(windows).map { Int($0.millisecondsSince1970) }
    return try counters(ReadStatements.counters, [Parameter(numbers: starts), Parameter(max(0, limit))])
  }

  func counters(limit: Int) throws(StoreError) -> [StoredCounter] {
    try counters(ReadStatements.countersOfAll, [Parameter(max(0, limit))])
  }

  private func counters(_ statement: Statement, _ parameters: [Parameter]) throws(StoreError)
    -> [StoredCounter]
  {
    try rows(statement, parameters) { (result, row) throws(DamagedRow) in
      guard let subject = result.text(row, 0), let counter = result.text(row, 1),
        let window = result.time(row, 2),
        let amount = result.integer(row, 3)
      else { throw DamagedRow(what: "counter") }
      return StoredCounter(subject: subject, counter: counter, window: window, amount: amount)
    }
  }
}

extension QueryResult {
  fileprivate func key(_ row: Int, _ column: Int) throws(DamagedRow) -> StoredKey {
    guard let id = text(row, column), let name = text(row, column + 1), let digest = bytes(row, column + 2),
      let revision = integer(row, column + 3), let document = bytes(row, column + 4)
    else { throw DamagedRow(what: "key") }
    return StoredKey(id: id, name: name, digest: digest, revision: revision, document: document)
  }

  /// A row of ``ReadStatements/access``.
  fileprivate func team(_ row: Int) throws(DamagedRow) -> StoredTeam {
    guard let name = text(row, 1), let revision = integer(row, 4), let document = bytes(row, 5) else {
      throw DamagedRow(what: "team")
    }
    return StoredTeam(name: name, revision: revision, document: document)
  }

  /// A row of ``ReadStatements/access``.
  fileprivate func user(_ row: Int) throws(DamagedRow) -> StoredUser {
    guard let id = integer(row, 7), let name = text(row, 1), let revision = integer(row, 4),
      let document = bytes(row, 5)
    else { throw DamagedRow(what: "user") }
    return StoredUser(id: id, name: name, email: text(row, 2), revision: revision, document: document)
  }

  /// A row of ``ReadStatements/usageEntries``.
  fileprivate func entry(_ row: Int) throws(DamagedRow) -> StoredUsageEntry {
    let names = (3...10).compactMap { text(row, $0) }
    let numbers = StoredUsageEntry.figures.indices.compactMap { integer(row, 12 + $0) }
    guard let time = time(row, 0), let run = integer(row, 1), let number = integer(row, 2), names.count == 8,
      let status = integer(row, 11), numbers.count == StoredUsageEntry.figures.count
    else { throw DamagedRow(what: "request of the log") }
    return StoredUsageEntry(
      StoredUsageEntry.Place(time: time, run: run, number: number),
      StoredUsage.Account(hour: 0, key: names[0], team: names[1], user: names[2], model: names[3]),
      numbers: numbers, server: names[4], digest: names[5], dialect: names[6], status: status,
      requestID: names[7])
  }

  fileprivate func usage(_ row: Int) throws(DamagedRow) -> StoredUsage {
    guard let hour = integer(row, 0), let key = text(row, 1), let team = text(row, 2),
      let user = text(row, 3),
      let model = text(row, 4)
    else { throw DamagedRow(what: "usage") }
    var usage = StoredUsage(StoredUsage.Account(hour: hour, key: key, team: team, user: user, model: model))
    for (place, figure) in StoredUsage.Figure.allCases.enumerated() {
      guard let sum = integer(row, 5 + place) else { throw DamagedRow(what: "usage") }
      usage[figure] = sum
    }
    return usage
  }
}
