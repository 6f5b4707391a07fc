/// All keys, users and teams at one moment. Immutable, so that any thread may look into it without a lock: a change is another directory.
public final class KeyDirectory: Sendable {
  /// Whether callers without a key are shut out by the first key or user, which holds also when that is gone.
  public let isClosed: Bool
  /// All keys, sorted by their ids.
  public let all: [Grant]
  /// All users, sorted by their numbers: what each has who has signed in.
  public let allUsers: [Grant]
  private let grants: [KeyID: Grant]
  private let custom: [SecretDigest: Grant]
  private let teams: [TeamName: TeamRecord]
  private let users: UserTable

  /// Without keys, and open.
  public static let empty = KeyDirectory(keys: [], teams: [], isClosed: false)

  /// - Parameters:
  ///   - keys: of two with one id, or of two custom keys with one digest, the first counts.
  ///   - users: of two with one number, name, e-mail address or identity the first counts.
  ///   - teams: of two with one name the first counts.
  public init(keys: [KeyRecord], users: [UserRecord] = [], teams: [TeamRecord], isClosed: Bool) {
    self.isClosed = isClosed
    let teams = Dictionary(teams.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let table = UserTable(users.map { user in Grant(user, team: user.team.flatMap { teams[$0] }) })
    let all = keys.map { key in
      let user = key.user.flatMap { table[$0]?.user }
      return Grant(key, user: user, team: (key.team ?? user?.team).flatMap { teams[$0] })
    }
    var grants: [KeyID: Grant] = [:]
    var custom: [SecretDigest: Grant] = [:]
    for (key, grant) in zip(keys, all) where grants[key.id] == nil {
      grants[key.id] = grant
      for secret in key.customSecrets where custom[secret] == nil { custom[secret] = grant }
    }
    self.all = grants.sorted { $0.key < $1.key }.map(\.value)
    self.teams = teams
    self.grants = grants
    self.custom = custom
    self.users = table
    allUsers = table.sorted
  }

  private init(_ other: KeyDirectory, users: UserTable, allUsers: [Grant]) {
    isClosed = other.isClosed
    all = other.all
    (grants, custom, teams) = (other.grants, other.custom, other.teams)
    self.users = users
    self.allUsers = allUsers
  }

  /// The same with what was noted of users, which lets nobody do more or less: see ``UserRecord/differsInNotesOnly(from:)``. Keys know their
  /// users as before: nothing of a key is made anew, so that it costs a copy of the tables of users, and no more.
  ///
  /// - Parameter records: of users who are there; of others nothing is taken.
  package func noting(_ records: [UserRecord]) -> KeyDirectory {
    var (table, all) = (users, allUsers)
    for record in records {
      guard let old = table[record.id], old.user?.differsInNotesOnly(from: record) == true else { continue }
      let new = Grant(record, team: old.team)
      table = table.replacing(old, by: new)
      let place = all.partitioningIndex { ($0.user?.id ?? record.id) >= record.id }
      if place < all.count, all[place] === old { all[place] = new }
    }
    return KeyDirectory(self, users: table, allUsers: all)
  }

  /// Whether there are neither keys nor users.
  public var isEmpty: Bool { grants.isEmpty && allUsers.isEmpty }

  /// How many keys there are.
  public var count: Int { grants.count }

  /// Whether there are keys that were made elsewhere.
  var hasCustomKeys: Bool { !custom.isEmpty }

  /// The key of a public part, valid or not.
  public subscript(_ id: KeyID) -> Grant? { grants[id] }

  /// The custom key of a digest, valid or not.
  package subscript(custom digest: SecretDigest) -> Grant? { custom[digest] }

  /// The records of all keys, sorted by their ids.
  package var keys: some Sequence<KeyRecord> { all.lazy.compactMap(\.key) }

  /// What is compared with where there is no key of a public part: some key, so that the look takes as long as at one that there is.
  /// Nil where there are no keys.
  func decoy(for id: KeyID) -> Grant? {
    all.isEmpty ? nil : all[Int(truncatingIfNeeded: id.bits % UInt64(all.count))]
  }

  /// All teams, sorted by their names.
  public var allTeams: [TeamRecord] { teams.values.sorted { $0.name < $1.name } }

  /// The team of a name.
  public func team(_ name: TeamName) -> TeamRecord? { teams[name] }
}

// Users, and what each has who has signed in, valid or not.
extension KeyDirectory {
  /// Whether there are users.
  package var hasUsers: Bool { !allUsers.isEmpty }

  /// By his number.
  public func user(_ id: UserID) -> Grant? { users[id] }

  /// By his name, byte for byte, as keys and accounts have it.
  public func user(named name: UserName) -> Grant? { users[name] }

  /// By his name as people write it, in upper or lower case.
  package func user(called name: UserName) -> Grant? { users[called: name] }

  /// By his e-mail address, in upper or lower case.
  public func user(email: String) -> Grant? { users[email: email] }

  /// By what an issuer knows him as.
  public func user(identity: IssuerIdentity) -> Grant? { users[identity] }

  /// What has become of what a caller has; nil where his key or his user is gone. What an issuer has said of team and scopes stays.
  package func current(_ grant: Grant) -> Grant? {
    if let key = grant.key { return self[key.id] }
    guard let id = grant.user?.id, let current = user(id), let record = current.user else { return nil }
    guard let said = grant.said else { return current }
    let team = said.team.flatMap { self.team($0) }
    return record == grant.user && team == grant.team ? grant : Grant(record, team: team, said: said)
  }
}

extension KeyRecord {
  /// Those of its secrets, this one and the one before, that are digests of whole texts.
  fileprivate var customSecrets: [SecretDigest] {
    [isCustom ? secret : nil, earlier.flatMap { $0.isCustom ? $0.secret : nil }].compactMap { $0 }
  }
}

extension Array {
  /// The first place from which on `isBehind` holds, which holds nowhere before it. By halves.
  fileprivate func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
