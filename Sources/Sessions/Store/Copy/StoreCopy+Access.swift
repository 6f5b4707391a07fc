internal import System

// Keys, users, teams and what was used.
extension StoreCopy {
  /// Keys, teams or counters that are read at once: more than there may be.
  static let accessLimit = 1_000_000

  func checkHasNoAccess() throws(StoreCopyError) {
    let access = try asking { () throws(StoreError) in try target.access(limit: 1) }
    try access.keys.isEmpty.isTrue(orElse: .notEmpty("keys"))
    try access.teams.isEmpty.isTrue(orElse: .notEmpty("teams"))
    try access.users.isEmpty.isTrue(orElse: .notEmpty("users"))
    try asking { () throws(StoreError) in try target.adoptions(limit: 1).isEmpty }
      .isTrue(orElse: .notEmpty("sessions that change hands"))
    try asking { () throws(StoreError) in try target.usage(after: nil, limit: 1).isEmpty }
      .isTrue(orElse: .notEmpty("usage"))
    try asking { () throws(StoreError) in try target.usageEntries(after: nil, limit: 1).isEmpty }
      .isTrue(orElse: .notEmpty("a log of usage"))
    try asking { () throws(StoreError) in
      try target.counters(limit: 1).isEmpty
    }.isTrue(orElse: .notEmpty("counters of budgets"))
  }

  /// A revision is counted by each store for itself.
  func copyAccess() throws(StoreCopyError) {
    let access = try asking { () throws(StoreError) in try source.access(limit: Self.accessLimit) }
    if let time = access.state.closedSince {
      _ = try asking { () throws(StoreError) in try targetStore.noteClosed() }
      try put([.closeAccess(since: time)])
    }
    for key in access.keys {
      try put([.putKey(key.ofFirstRevision)], bytes: key.document.count)
      counts.keys += 1
    }
    for team in access.teams {
      try put([.putTeam(team.ofFirstRevision)], bytes: team.document.count)
      counts.teams += 1
    }
    for user in access.users {
      try put([.putUser(user.ofFirstRevision)], bytes: user.document.count)
      counts.users += 1
    }
    if access.state.lastUser > 0 { try put([.reserveUsers(upTo: access.state.lastUser)]) }
    for signIn in try asking({ () throws(StoreError) in try source.signIns(limit: Self.accessLimit) }) {
      try put([.putSignIn(signIn)], bytes: signIn.document.count)
    }
    for stored in try asking({ () throws(StoreError) in try source.adoptions(limit: Self.accessLimit) }) {
      try put([.putAdoption(stored.order, at: stored.orderedAt)])
    }
  }

  /// As flushes of a run of its own.
  func copyUsage() throws(StoreCopyError) {
    let run = Int.random(in: .min ... .max)
    var number = 0
    func put(
      _ usage: [StoredUsage], _ counters: [StoredCounter], _ entries: [StoredUsageEntry] = []
    ) throws(StoreCopyError) {
      number += 1
      let rows = usage.count + counters.count + entries.count
      counts.usage += rows
      let flush = StoredUsageFlush(
        run: run, number: number, time: .now, usage: usage, counters: counters, entries: entries)
      try self.put([.addUsage(flush)], bytes: rows * 256)
    }
    var last: StoredUsage.Account?
    while true {
      let usage = try asking { () throws(StoreError) in
        try source.usage(after: last, limit: Self.page.rows)
      }
      guard let end = usage.last else { break }
      last = end.account
      try put(usage, [])
    }
    let counters = try asking { () throws(StoreError) in
      try source.counters(limit: Self.accessLimit)
    }
    if !counters.isEmpty { try put([], counters) }
    var lastEntry: StoredUsageEntry.Place?
    while true {
      let entries = try asking { () throws(StoreError) in
        try source.usageEntries(after: lastEntry, limit: Self.page.rows)
      }
      guard let end = entries.last else { break }
      lastEntry = end.place
      try put([], [], entries)
    }
  }

  func compareAccess() throws(StoreCopyError) {
    try same("whether access is closed") { (reader) throws(StoreError) in
      try reader.accessState().closedSince
    }
    try same("which numbers users had") { (reader) throws(StoreError) in try reader.accessState().lastUser }
    try same("the users") { (reader) throws(StoreError) in
      try reader.access(limit: Self.accessLimit).users.map(\.ofFirstRevision)
    }
    try same("who has signed in") { (reader) throws(StoreError) in
      try reader.signIns(limit: Self.accessLimit)
    }
    try same("which sessions change hands") { (reader) throws(StoreError) in
      try reader.adoptions(limit: Self.accessLimit).map(\.order)
    }
    try same("the keys") { (reader) throws(StoreError) in
      try reader.access(limit: Self.accessLimit).keys.map(\.ofFirstRevision)
    }
    try same("the teams") { (reader) throws(StoreError) in
      try reader.access(limit: Self.accessLimit).teams.map(\.ofFirstRevision)
    }
  }

  func compareUsage() throws(StoreCopyError) {
    var last: StoredUsage.Account?
    while true {
      let from = last
      let usage = try same("what was used") { (reader) throws(StoreError) in
        try reader.usage(after: from, limit: Self.page.rows)
      }
      guard let end = usage.last else { break }
      last = end.account
    }
    try same("the counters of budgets") { (reader) throws(StoreError) in
      try reader.counters(limit: Self.accessLimit)
    }
    var lastEntry: StoredUsageEntry.Place?
    while true {
      let from = lastEntry
      let entries = try same("the log of usage") { (reader) throws(StoreError) in
        try reader.usageEntries(after: from, limit: Self.page.rows)
      }
      guard let end = entries.last else { break }
      lastEntry = end.place
    }
  }
}

extension StoredKey {
  fileprivate var ofFirstRevision: StoredKey {
    StoredKey(id: id, name: name, digest: digest, document: document)
  }
}

extension StoredUser {
  fileprivate var ofFirstRevision: StoredUser {
    StoredUser(id: id, name: name, email: email, document: document)
  }
}

extension StoredTeam {
  fileprivate var ofFirstRevision: StoredTeam { StoredTeam(name: name, document: document) }
}
