package import Access
package import Sessions
package import System

/// All keys, users and teams, as a store and the operator's file have them, and what is to be changed of them. A plain value: whoever edits one
/// commits its ``changes``, and only then takes it for what there is.
package struct AccessBook: Sendable {
  /// Keys, and as many users and teams, that a store may have.
  package static let limit = 20_000
  /// What is read of them: somebody may have made one more at the same moment.
  package static let readLimit = 2 * limit

  /// A class, as a change takes a copy of all of them: what is copied is one reference each, and not all that a record has.
  final class Entry<Record: Sendable>: Sendable {
    let record: Record
    /// As the store counts it.
    let revision: Int

    init(record: Record, revision: Int) {
      self.record = record
      self.revision = revision
    }
  }

  private var keys: [KeyID: Entry<KeyRecord>] = [:]
  private var teams: [TeamName: Entry<TeamRecord>] = [:]
  var users: [UserID: Entry<UserRecord>] = [:]
  /// The highest number that a user ever had.
  var lastUser: Int64 = 0
  /// The keys of the operator's file; nil where there is no file.
  private(set) var fileKeys: [KeyRecord]?
  /// Whether there is such a file, or was: a reload without it opens nothing.
  private var isClosedByFile = false
  /// When access was closed for good; nil as long as it is not.
  package internal(set) var closedSince: Timestamp?
  /// The store's, as it has to be where nobody else has changed anything.
  private(set) var revision = 0
  /// What is to be written, in its order.
  var changes: [StoreChange] = []
  /// Users of whom something was noted that lets nobody do more or less: each is one of ``changes``.
  var noted: [UserID] = []

  /// Without keys, and open.
  package init() {}

  /// - Parameter fileKeys: those of the operator's file; nil where there is no file.
  /// - Throws: where a document is not as this program writes it.
  package init(_ stored: StoredAccess, fileKeys: [KeyRecord]? = nil) throws(StoreError) {
    closedSince = stored.state.closedSince
    revision = stored.state.revision
    lastUser = Int64(stored.state.lastUser)
    use(fileKeys: fileKeys)
    let documents = AccessDocuments()
    for key in stored.keys {
      let record = try documents.record(of: key)
      keys[record.id] = Entry(record: record, revision: key.revision)
    }
    for team in stored.teams {
      let record = try documents.record(of: team)
      teams[record.name] = Entry(record: record, revision: team.revision)
    }
    for user in stored.users {
      let record = try documents.record(of: user)
      users[record.id] = Entry(record: record, revision: user.revision)
    }
  }

  // MARK: Reading

  /// What workers look into. A key of the file counts before one of the store that has the same id.
  package var directory: KeyDirectory {
    KeyDirectory(
      keys: (fileKeys ?? []) + storedKeys, users: storedUsers, teams: storedTeams,
      isClosed: closedSince != nil || isClosedByFile)
  }

  /// The keys of the store, in no particular order.
  package var storedKeys: [KeyRecord] { keys.values.map(\.record) }

  /// The teams, in no particular order.
  package var storedTeams: [TeamRecord] { teams.values.map(\.record) }

  /// A key, of the store or of the file.
  package subscript(_ id: KeyID) -> KeyRecord? { fileKeys?.first { $0.id == id } ?? keys[id]?.record }

  /// A team.
  package subscript(_ team: TeamName) -> TeamRecord? { teams[team]?.record }

  /// The ids of the file's keys by which keys of the store are not valid.
  var shadowedKeys: [KeyID] { (fileKeys ?? []).lazy.map(\.id).filter { keys[$0] != nil } }

  // MARK: Keys

  /// The operator's file has these keys from now on.
  package mutating func use(fileKeys: [KeyRecord]?) {
    self.fileKeys = fileKeys
    if fileKeys != nil { isClosedByFile = true }
  }

  /// Makes a key, which closes access.
  ///
  /// - Throws: where it names a user who is not there, too.
  package mutating func add(_ record: KeyRecord) throws(AccessError) {
    try checkUser(record.user)
    try checking { () throws(RecordError) in try record.checkNames() }
    guard self[record.id] == nil, !isTaken(record) else { throw .keyExists }
    guard keys.count < Self.limit else { throw .tooMany(limit: Self.limit) }
    put(record, revision: 1)
    closedSince = closedSince ?? .now
  }

  /// Changes a key. One that stays as it is is not written.
  ///
  /// - Returns: the key as it is now.
  @discardableResult
  package mutating func change(
    _ id: KeyID, _ edit: (inout KeyRecord) throws(RecordError) -> Void
  ) throws(AccessError) -> KeyRecord {
    let entry = try storedKey(id)
    var record = entry.record
    do throws(RecordError) { try edit(&record) } catch { throw .invalid(error) }
    guard record != entry.record else { return record }
    try checking { () throws(RecordError) in try record.checkNames(since: entry.record) }
    if record.user != entry.record.user { try checkUser(record.user) }
    guard record.secret == entry.record.secret || !isTaken(record) else { throw .keyExists }
    put(record, revision: entry.revision &+ 1)
    if entry.record.user == nil, let user = record.user.flatMap({ self[$0] }) {
      // What was said by it while it was nobody's is its user's from now on.
      order(sessionsOf: .key(id), to: .user(user.id))
    }
    return record
  }

  /// Deletes a key. What it has used stays.
  @discardableResult
  package mutating func delete(_ id: KeyID) throws(AccessError) -> KeyRecord {
    let record = try storedKey(id).record
    keys[id] = nil
    changes.append(.deleteKey(id: id.text))
    // Who was to give it sessions keeps them.
    changes.append(.dropAdoptions(to: Principal.ID.key(id).storedName))
    return record
  }

  private func storedKey(_ id: KeyID) throws(AccessError) -> Entry<KeyRecord> {
    guard fileKeys?.contains(where: { $0.id == id }) != true else { throw .isInFile }
    guard let entry = keys[id] else { throw .noKey }
    return entry
  }

  private mutating func put(_ record: KeyRecord, revision: Int) {
    var record = record
    record.source = .store
    keys[record.id] = Entry(record: record, revision: revision)
    changes.append(.putKey(AccessDocuments.stored(record, revision: revision)))
  }

  /// Whether another key is known by the same text.
  private func isTaken(_ record: KeyRecord) -> Bool {
    guard record.isCustom else { return false }
    let digests = record.digests
    return ((fileKeys ?? []) + storedKeys).contains { other in
      other.id != record.id && other.isCustom && other.digests.contains { digests.contains($0) }
    }
  }

  /// Sessions change hands with what is changed.
  mutating func order(sessionsOf other: Principal.ID, to owner: Principal.ID) {
    changes.append(.putAdoption(AdoptionOrder(other: other.storedName, owner: owner.storedName)))
  }

  // MARK: Teams

  /// Makes a team, or changes one.
  package mutating func put(_ team: TeamRecord, onlyIfNew: Bool) throws(AccessError) {
    let entry = teams[team.name]
    guard entry == nil || !onlyIfNew else { throw .teamExists }
    if entry == nil { try checking { () throws(RecordError) in try team.name.checkIsGiven() } }
    guard entry != nil || teams.count < Self.limit else { throw .tooMany(limit: Self.limit) }
    guard entry?.record != team else { return }
    put(team, revision: (entry?.revision ?? 0) &+ 1)
  }

  /// Changes a team.
  ///
  /// - Returns: the team as it is now.
  @discardableResult
  package mutating func change(
    _ name: TeamName, _ edit: (inout TeamRecord) throws(RecordError) -> Void
  ) throws(AccessError) -> TeamRecord {
    guard let entry = teams[name] else { throw .noTeam }
    var team = entry.record
    do throws(RecordError) { try edit(&team) } catch { throw .invalid(error) }
    if team != entry.record { put(team, revision: entry.revision &+ 1) }
    return team
  }

  /// A team that is not there would limit nothing.
  ///
  /// - Parameter team: nil: none is named.
  package func checkTeam(_ team: TeamName?) throws(AccessError) {
    guard let team, self[team] == nil else { return }
    throw .invalid(RecordError("team", takes: "the name of a team that there is"))
  }

  /// Deletes a team that no key and no user names.
  @discardableResult
  package mutating func delete(_ name: TeamName) throws(AccessError) -> TeamRecord {
    guard let team = teams[name]?.record else { throw .noTeam }
    let count =
      ((fileKeys ?? []) + storedKeys).count { $0.team == name } + storedUsers.count { $0.team == name }
    guard count == 0 else { throw .teamHasKeys(count) }
    teams[name] = nil
    changes.append(.deleteTeam(name: name.text))
    return team
  }

  private mutating func put(_ team: TeamRecord, revision: Int) {
    teams[team.name] = Entry(record: team, revision: revision)
    changes.append(.putTeam(AccessDocuments.stored(team, revision: revision)))
  }

  // MARK: Writing

  /// Whether anything is to be written.
  var hasChanges: Bool { !changes.isEmpty }

  /// What was noted of users, where nothing else is to be written; nil where there is something else.
  var notesAlone: [UserRecord]? {
    noted.count == changes.count ? noted.compactMap { users[$0]?.record } : nil
  }

  /// Takes out what is to be written.
  mutating func takeChanges() -> [StoreChange] {
    defer { (changes, noted) = ([], []) }
    // Each of them counts one that is about keys, users and teams.
    revision &+= changes.count { change in
      switch change {
      case .putAdoption, .dropAdoptions: false
      default: true
      }
    }
    return changes
  }

  /// Keeps what does not come from the store, and what is for good.
  mutating func takeOver(from before: AccessBook) {
    (fileKeys, isClosedByFile) = (before.fileKeys, before.isClosedByFile)
    // A store that was put back to an earlier state opens nothing while the gateway runs.
    closedSince = closedSince ?? before.closedSince
    // No more does it give a number twice.
    lastUser = max(lastUser, before.lastUser)
  }
}

extension KeyRecord {
  /// By which it is known.
  fileprivate var digests: [SecretDigest] { [secret] + (earlier.map { [$0.secret] } ?? []) }
}
