package import Access
internal import Sessions
package import System

// Users, of whom no two have the same number, name, e-mail address, or identity of an issuer.
extension AccessBook {
  /// The users, in no particular order.
  package var storedUsers: [UserRecord] { users.values.map(\.record) }

  /// A user, by his number.
  package subscript(_ id: UserID) -> UserRecord? { users[id]?.record }

  /// A user, by his name. Looks through all of them.
  package subscript(_ name: UserName) -> UserRecord? { users.values.first { $0.record.name == name }?.record }

  /// The number for a new user: none that was given before. Nil where there is none any more.
  package var nextUser: UserID? { lastUser < .max ? UserID(lastUser + 1) : nil }

  /// Makes a user, which closes access as a first key does.
  ///
  /// - Parameter record: of ``nextUser`` or a higher number: no lower one is given any more.
  package mutating func add(_ record: UserRecord) throws(AccessError) {
    guard record.id.number > lastUser else { throw .userExists(.id) }
    try checking { () throws(RecordError) in try record.checkNames() }
    try checkIsAlone(record, before: nil)
    try checkTeam(record.team)
    guard users.count < Self.limit else { throw .tooMany(limit: Self.limit) }
    put(record, revision: 1)
    closedSince = closedSince ?? .now
  }

  /// Makes a user of this name, who may do what people need and has no password, where there is none.
  ///
  /// - Returns: the user who is there then.
  @discardableResult
  package mutating func addUser(_ name: UserName, at now: Timestamp) throws(AccessError) -> UserRecord {
    if let there = self[name] { return there }
    // A key names him.
    guard name.mayBeGiven else { throw .invalid(RecordError("user", takes: UserName.givenTakes)) }
    guard let id = nextUser else { throw .tooMany(limit: Self.limit) }
    let record = UserRecord(id: id, name: name, createdAt: now)
    try add(record)
    return record
  }

  /// Changes a user. One who stays as he is is not written. Keys that name him go by his new name.
  ///
  /// - Returns: the user as he is now.
  @discardableResult
  package mutating func change(
    _ id: UserID, _ edit: (inout UserRecord) throws(RecordError) -> Void
  ) throws(AccessError) -> UserRecord {
    guard let entry = users[id] else { throw .noUser }
    var record = entry.record
    do throws(RecordError) { try edit(&record) } catch { throw .invalid(error) }
    let before = entry.record
    guard record != before else { return record }
    try checking { () throws(RecordError) in try record.checkNames(since: before) }
    if record.name != before.name || record.email != before.email || record.identities != before.identities {
      try checkIsAlone(record, before: before)
    }
    if record.team != before.team { try checkTeam(record.team) }
    if record.name != before.name { try checkIsInNoFile(before) }
    put(record, revision: entry.revision &+ 1)
    if record.differsInNotesOnly(from: before) { noted.append(id) }
    if record.name != before.name {
      for key in keys(of: before.name) { try change(key.id) { $0.user = record.name } }
    }
    return record
  }

  /// Deletes a user with his keys and all that he has signed in with. What he has used stays, and so do his sessions unless somebody gets
  /// them: whoever deletes him deletes these.
  ///
  /// - Parameter heir: who gets his sessions; nil for nobody.
  @discardableResult
  package mutating func delete(
    _ id: UserID, givingTo heir: UserID? = nil
  ) throws(AccessError) -> (user: UserRecord, keys: [KeyRecord]) {
    guard let record = users[id]?.record else { throw .noUser }
    if let heir, self[heir] == nil || heir == id { throw .noUser }
    try checkIsInNoFile(record)
    let keys = keys(of: record.name)
    for key in keys { try delete(key.id) }
    users[id] = nil
    changes.append(.deleteUser(id: Int(id.number)))
    if let heir {
      order(sessionsOf: .user(id), to: .user(heir))
    } else {
      changes.append(.dropAdoptions(to: Principal.ID.user(id).storedName))
    }
    return (record, keys)
  }

  /// A user who is not there would own nothing, and have no limits.
  ///
  /// - Parameter name: nil: none is named.
  package func checkUser(_ name: UserName?) throws(AccessError) {
    guard let name, self[name] == nil else { return }
    throw .invalid(RecordError("user", takes: "the name of a user that there is"))
  }

  // MARK: The operator's file

  /// Those whom keys of the operator's file name and who are not there.
  var usersOfFileThatAreMissing: [UserName] {
    let names = Set((fileKeys ?? []).compactMap(\.user))
    guard !names.isEmpty else { return [] }
    return names.subtracting(users.values.map(\.record.name)).sorted()
  }

  /// Makes those users, as far as there is room. One who is called by another's e-mail address is not made.
  mutating func addUsersOfFile(at now: Timestamp) throws(AccessError) {
    for name in usersOfFileThatAreMissing {
      do throws(AccessError) { try addUser(name, at: now) } catch {
        guard case .userExists = error else { throw error }
      }
    }
  }

  /// The same where nothing is stored: they have their numbers for as long as this process runs.
  mutating func addUsersInMemory(at now: Timestamp) {
    try? addUsersOfFile(at: now)
    changes = []
  }

  // MARK: Rules

  /// Whether no other user has what no two have. A name that is another's e-mail address would be taken for him, and so would one that
  /// differs from another's in upper and lower case alone.
  ///
  /// - Parameter before: as he was. Two that are so much alike in a store of before stay so.
  private func checkIsAlone(_ record: UserRecord, before: UserRecord?) throws(AccessError) {
    let (email, address) = (record.email.map(EmailAddress.folded), record.name.asAddress)
    let isOfBefore = record.name == before?.name
    for other in users.values.lazy.map(\.record) where other.id != record.id {
      if isOfBefore ? other.name == record.name : other.name.isLike(record.name) { throw .userExists(.name) }
      if let email, other.email.map(EmailAddress.folded) == email || other.name.asAddress == email {
        throw .userExists(.email)
      }
      if let address, other.email.map(EmailAddress.folded) == address { throw .userExists(.name) }
      if record.identities.contains(where: other.identities.contains) { throw .userExists(.identities) }
    }
  }

  func checking(_ check: () throws(RecordError) -> Void) throws(AccessError) {
    do throws(RecordError) { try check() } catch { throw .invalid(error) }
  }

  /// What stands in the operator's file is changed there.
  private func checkIsInNoFile(_ record: UserRecord) throws(AccessError) {
    let count = (fileKeys ?? []).count { $0.user == record.name }
    guard count == 0 else { throw .userHasFileKeys(count) }
  }

  private func keys(of name: UserName) -> [KeyRecord] { storedKeys.filter { $0.user == name } }

  private mutating func put(_ record: UserRecord, revision: Int) {
    users[record.id] = Entry(record: record, revision: revision)
    lastUser = max(lastUser, record.id.number)
    changes.append(.putUser(AccessDocuments.stored(record, revision: revision)))
  }
}
