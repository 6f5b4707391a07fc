package import Access
internal import Passwords
package import System

/// Takes over users of the first system's table, one row after the other: what becomes of each is decided here, by what there is and was
/// taken before. Whoever is here already stays as he is, so that the same table may come again.
package struct UserImport {
  /// What becomes of a row.
  package enum Outcome: Equatable, Sendable {
    /// A new user, with what is otherwise than in the table.
    case added(UserRecord, notes: [Note])
    /// There is one of this name, or with this e-mail address: this one.
    case isThere(UserName, UserID)
    /// He cannot be a user here.
    case refused(Refusal)
    /// His id was given to somebody here: he gets a new one once all the others have theirs, by ``renumbered()``.
    case later
  }

  /// What is otherwise than in the table.
  package enum Note: Equatable, Sendable {
    case newID(instead: Int)
    case calledByEmail(instead: String)
    /// His name is another's but for upper and lower case.
    case calledByEmailBeside(UserName, instead: String)
    case withoutEmail
    case withoutFullName
    case withoutPassword
    case disabled
    case noAdministrator
  }

  /// Why a row is no user here.
  package enum Refusal: Equatable, Sendable {
    /// Neither name nor e-mail address is a name here.
    case name
    /// His name is another's e-mail address, or the other way round: he would be taken for him.
    case address
    /// His name is this one's but for upper and lower case, and he has no e-mail address that he could be called by.
    case alike(UserName)
    /// There is no number left.
    case noID
  }

  /// The highest id that is kept: one near the end of what a number takes would leave no others.
  static let highestKept = Int(Int32.max)

  private var names: [UserName: UserID] = [:]
  /// The names, by themselves in lower case.
  private var foldedNames: [String: UserName] = [:]
  private var emails: [String: UserName] = [:]
  /// The names that may be somebody's e-mail address, in lower case.
  private var addresses: Set<String> = []
  /// Up to this one ids were given, to whom there is and to whom there was.
  private var highestID: Int64
  private var deferred: [FirstSystemUser] = []
  private let now: Timestamp

  /// - Parameters:
  ///   - users: those that there are.
  ///   - highestID: the highest id that was ever given; 0 where none was.
  package init(beside users: some Sequence<UserRecord>, highestID: Int64, at now: Timestamp) {
    self.highestID = highestID
    self.now = now
    for user in users { note(user) }
  }

  /// What becomes of a row, of which the one with the lowest id comes first.
  package mutating func take(_ row: FirstSystemUser) -> Outcome {
    switch names(of: row) {
    case .failure(let outcome): return outcome
    case .success(let name):
      // What was given once is given to nobody else.
      guard row.id <= UserImport.highestKept, let id = UserID(Int64(row.id)), id.number > highestID else {
        deferred.append(row)
        return .later
      }
      return add(row, name, id, [])
    }
  }

  /// What becomes of those whose ids were somebody's.
  package mutating func renumbered() -> [(row: FirstSystemUser, outcome: Outcome)] {
    let rows = deferred
    deferred = []
    return rows.map { row in
      switch names(of: row) {
      case .failure(let outcome): return (row, outcome)
      case .success(let name):
        let (next, overflow) = highestID.addingReportingOverflow(1)
        guard !overflow, let id = UserID(next) else { return (row, .refused(.noID)) }
        return (row, add(row, name, id, [.newID(instead: row.id)]))
      }
    }
  }

  // MARK: One row

  private struct Naming {
    let name: UserName
    let email: String?
    /// Why he is not called by his own name.
    let note: Note?
  }

  private enum Found {
    case success(Naming)
    case failure(Outcome)
  }

  private func names(of row: FirstSystemUser) -> Found {
    let email = row.email.flatMap { EmailAddress.holds($0) ? $0 : nil }
    if let email, let other = emails[EmailAddress.folded(email)], let id = names[other] {
      return .failure(.isThere(other, id))
    }
    let own = UserName.given(row.name)
    if let own, let id = names[own] { return .failure(.isThere(own, id)) }
    // Two who are that much alike would be taken for each other.
    let alike = own.flatMap { foldedNames[$0.folded] }
    guard let name = (alike == nil ? own : nil) ?? email.flatMap(UserName.given) else {
      return .failure(.refused(alike.map { .alike($0) } ?? .name))
    }
    if let id = names[name] { return .failure(.isThere(name, id)) }
    // By his own he may be called.
    if name.asAddress.map({ emails[$0] != nil }) == true
      || email.map({ addresses.contains(EmailAddress.folded($0)) }) == true
    {
      return .failure(.refused(.address))
    }
    let note: Note? =
      if let alike { .calledByEmailBeside(alike, instead: row.name) } else if own == nil {
        .calledByEmail(instead: row.name)
      } else { nil }
    return .success(Naming(name: name, email: email, note: note))
  }

  private mutating func add(
    _ row: FirstSystemUser, _ naming: Naming, _ id: UserID, _ before: [Note]
  ) -> Outcome {
    var notes = before
    var record = UserRecord(id: id, name: naming.name, createdAt: row.createdAt ?? now)
    record.email = naming.email
    if let note = naming.note { notes.append(note) }
    if naming.email == nil, row.email?.isEmpty == false { notes.append(.withoutEmail) }
    if let fullName = row.fullName {
      if UserRecord.isFullName(fullName) {
        record.fullName = fullName
      } else {
        notes.append(.withoutFullName)
      }
    }
    record.passwordHash = row.passwordHash.flatMap { PasswordHash($0)?.text }
    if record.passwordHash == nil { notes.append(.withoutPassword) }
    record.passwordChangedAt = row.passwordChangedAt
    if naming.email != nil {
      if row.isVerified { record.verifiedAt = row.verifiedAt ?? record.createdAt }
      // He has said it there himself.
      record.isEmailClaimed = !row.isVerified
    }
    record.updatedAt = row.updatedAt
    record.lastLoginAt = row.lastLoginAt
    record.isDisabled = !row.isActive
    if record.isDisabled { notes.append(.disabled) }
    if row.isAdministrator { notes.append(.noAdministrator) }
    note(record)
    return .added(record, notes: notes)
  }

  private mutating func note(_ user: UserRecord) {
    names[user.name] = user.id
    foldedNames[user.name.folded] = user.name
    if let address = user.name.asAddress { addresses.insert(address) }
    if let email = user.email { emails[EmailAddress.folded(email)] = user.name }
    highestID = max(highestID, user.id.number)
  }
}

extension UserName {
  /// Nil too for what nobody is called who is not there yet.
  fileprivate static func given(_ text: String) -> UserName? {
    UserName(text).flatMap { $0.mayBeGiven ? $0 : nil }
  }
}

// MARK: - Words

extension UserImport.Note: CustomStringConvertible {
  /// For people, without an end.
  package var description: String {
    switch self {
    case .newID(let id): "with a new id, as \(id) was somebody's here"
    case .calledByEmail(let name):
      "by his e-mail address, as “\(KeyRedaction.text(name))” is no name here: \(UserName.givenTakes.dropFirst("a name of ".count))"
    case .calledByEmailBeside(let other, let name):
      "by his e-mail address, as “\(name)” differs from “\(other)” in upper and lower case alone"
    case .withoutEmail: "without his e-mail address, which is not of visible characters of ASCII"
    case .withoutFullName: "without his full name, which is too long"
    case .withoutPassword:
      "without a password, as his hash is not one of bcrypt, of the cost 12 at most: users reset makes him a link"
    case .disabled: "disabled, as he is there"
    case .noAdministrator: "as no administrator, which he is there: users set --admin makes him one"
    }
  }
}

extension UserImport.Refusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .name:
      "neither his name nor his e-mail address is of \(UserName.givenTakes.dropFirst("a name of ".count))"
    case .address: "his name is another's e-mail address, or his address is another's name"
    case .alike(let name):
      "his name differs from “\(name)” in upper and lower case alone, and he has no e-mail address to be called by"
    case .noID: "there is no id left"
    }
  }
}
