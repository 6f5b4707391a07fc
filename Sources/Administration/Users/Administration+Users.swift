internal import Access
internal import AccessStorage
internal import Handling
internal import Passwords
internal import Sessions
internal import System

// What administrators do to users. Each act is a line of the log.
extension Administration {
  /// The user that a path means.
  ///
  /// - Throws: 404; 409 where it means two, or is an e-mail address that its user alone has said to be his.
  func user(meantBy text: String) throws(RequestFailure) -> UserRecord {
    guard let user = try Administration.user(directory.user(meantBy: text)) else { throw .unknownUser }
    return user
  }

  /// The user of whom a key is said to be; nil where there is none.
  ///
  /// - Throws: 409, as ``user(meantBy:)``.
  func user(ofKeySaying text: String) throws(RequestFailure) -> UserRecord? {
    try Administration.user(directory.user(ofKeySaying: text))
  }

  private static func user(_ meant: MeantUser) throws(RequestFailure) -> UserRecord? {
    switch meant {
    case .one(let user): return user
    case .none: return nil
    case .two(let one, let other):
      throw RequestFailure(
        409, "This means two users: say user:\(one.id) or user:\(other.id).", field: "user")
    case .unsure(let user): throw .unsureEmail(of: user)
    }
  }

  /// Users, by their numbers.
  func users(_ filter: UserFilter) -> [UserRecord] {
    directory.allUsers.lazy.compactMap(\.user).filter(filter.includes)
  }

  /// Hashes a password that was looked at.
  ///
  /// - Throws: 429 where too many wait for theirs.
  func hash(_ password: String?) async throws(RequestFailure) -> PasswordHash? {
    guard let password else { return nil }
    do throws(PasswordRefusal) {
      return try await passwords.make(password)
    } catch {
      switch error {
      case .busy:
        throw RequestFailure(
          429, "Too many passwords are being hashed.", headerFields: [("Retry-After", "1")])
      case .unusable: throw RequestFailure(503, "The password cannot be hashed here.", retryAfter: 5)
      }
    }
  }

  /// Makes a user.
  func addUser(
    _ name: UserName, _ edit: UserEdit, by request: GatewayRequest
  ) async throws(RequestFailure) -> UserRecord {
    let now = Timestamp.now
    let made = try await perform { (book) throws(AccessError) in
      try book.addUser(named: name, edit, at: now)
    }
    audit.note(.makeUser, user: made, by: request)
    return made
  }

  /// Makes a user and a key of his, which may do what he may, or none of both, as LiteLLM does.
  func addUser(
    _ name: UserName, _ edit: UserEdit, with key: NewKey?, by request: GatewayRequest
  ) async throws(RequestFailure) -> (user: UserRecord, key: KeyRecord?) {
    let now = Timestamp.now
    let made = try await perform(naming: LiteLLMUserFields.named) {
      (book) throws(AccessError) -> (user: UserRecord, key: KeyRecord?) in
      let user = try book.addUser(named: name, edit, at: now)
      guard var record = key?.record else { return (user, nil) }
      record.scopes = user.scopes
      do throws(AccessError) { try book.add(record) } catch { throw LiteLLMKeyFields.named(error) }
      return (user, record)
    }
    audit.note(.makeUser, user: made.user, by: request)
    if let key = made.key { audit.note(.makeKey, key: key, by: request) }
    return made
  }

  /// Changes a user.
  ///
  /// - Parameter naming: see ``perform(naming:_:)``.
  func change(
    _ user: UserRecord, _ edit: UserEdit, naming: ((AccessError) -> AccessError)? = nil,
    by request: GatewayRequest
  ) async throws(RequestFailure) -> UserRecord {
    let now = Timestamp.now
    let id = user.id
    let changed = try await perform(naming: naming) { (book) throws(AccessError) in
      try book.change(id) { (record) throws(RecordError) in edit.apply(to: &record, at: now) }
    }
    audit.note(.changeUser, user: changed, changes: edit.changes, by: request)
    return changed
  }

  /// Changes a user in a way that has a name.
  func act(
    _ act: AuditLog.Act, on user: UserRecord, by request: GatewayRequest,
    _ edit: @escaping @Sendable (inout UserRecord) throws(RecordError) -> Void
  ) async throws(RequestFailure) -> UserRecord {
    let id = user.id
    let changed = try await perform { (book) throws(AccessError) in try book.change(id, edit) }
    audit.note(act, user: changed, by: request)
    return changed
  }

  /// Deletes a user with his keys, and his sessions unless somebody gets them. What can be done again where it fails comes first: he is
  /// disabled, so that nobody says anything more, and is there until all the rest is done.
  ///
  /// - Returns: how many sessions were deleted or given.
  func delete(
    _ user: UserRecord, givingTo heir: UserRecord?, _ registry: SessionRegistry, by request: GatewayRequest
  ) async throws(RequestFailure) -> Int {
    let (id, now) = (user.id, Timestamp.now)
    var edit = UserEdit(of: user)
    edit.set(.disabled) { $0.isDisabled = true }
    let disabling = edit
    try await perform { (book) throws(AccessError) in
      try book.change(id) { (record) throws(RecordError) in disabling.apply(to: &record, at: now) }
    }
    // What his keys have said while they were nobody's is his, though it may not have come to him yet.
    let keys = directory.keys.filter { $0.user == user.name }
    var sessions = 0
    do throws(SessionAccessError) {
      for owner in [Principal.ID.user(id)] + keys.map({ .key($0.id) }) {
        sessions += try await registry.end(
          sessionsOf: owner, givingTo: heir.map { .user($0.id) }, of: .user(id))
      }
    } catch {
      throw RequestFailure(503, "The store of the sessions does not work.", retryAfter: 5)
    }
    let heirID = heir?.id
    let deleted = try await perform { (book) throws(AccessError) in try book.delete(id, givingTo: heirID) }
    // What was still being said follows when that is over.
    if heir != nil { Task { await registry.carryOutAdoptions() } }
    for key in deleted.keys { audit.note(.deleteKey, key: key, by: request) }
    audit.note(.deleteUser, user: deleted.user, sessions: sessions, by: request)
    return sessions
  }
}

extension RequestFailure {
  /// An e-mail address means nobody that he alone has said to be his.
  static func unsureEmail(of user: UserRecord) -> RequestFailure {
    RequestFailure(
      409, "That this e-mail address is his nobody but user:\(user.id) has said: say user:\(user.id).")
  }
}
