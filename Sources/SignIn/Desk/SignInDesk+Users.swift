internal import Access
internal import AccessStorage
internal import Handling
internal import Passwords
internal import System

// What users do to themselves.
extension SignInDesk {
  /// Makes a user who has asked for it.
  ///
  /// - Throws: 400 for a weak password, and for an address or a name that somebody has, in this order; 429 where as many of the network have,
  ///   and 403 where as many have who are not known.
  func register(_ body: Registration, from place: SignInPlace) async throws(RequestFailure) -> UserRecord {
    // A name that looks like an address or a number would be taken for the user of that.
    guard let name = UserName(body.username), name.asAddress == nil, !name.looksLikeNumber, name.mayBeGiven
    else {
      throw RequestFailure(
        422, "“username” takes 3 to 100 visible characters of ASCII without an @, and no number or key.",
        field: "username")
    }
    guard EmailAddress.holds(body.email) else {
      throw RequestFailure(422, "“email” takes an e-mail address.", field: "email")
    }
    if let rest = registrationWindow.withLock({ $0.take(.network(place.network), at: .now) }) {
      throw .rateExceeded(rest)
    }
    if let fault = PasswordRule.fault(of: body.password) { throw RequestFailure(400, fault.sentence) }
    guard AccessBook.hasRoom(beside: directory.allUsers.lazy.compactMap(\.user)) else {
      throw .registrationsAreFull
    }
    if let rest = registrationDay.withLock({ $0.take(.network(place.network), at: .now) }) {
      throw .rateExceeded(rest)
    }
    do throws(RequestFailure) { return try await make(name, body, from: place) } catch {
      registrationDay.withLock { $0.giveBack(.network(place.network)) }
      throw error
    }
  }

  private func make(
    _ name: UserName, _ body: Registration, from place: SignInPlace
  ) async throws(RequestFailure) -> UserRecord {
    let hash = try await hash(
      body.password, for: PasswordAsker(place: place.network.text ?? "", isTrusted: false))
    let now = Timestamp.now
    let email = body.email
    let fullName = body.fullName
    do throws(AccessError) {
      return try await keeper.perform { (book) throws(AccessError) in
        guard let id = book.nextUser else { throw .tooMany(limit: AccessBook.limit) }
        var user = UserRecord(id: id, name: name, createdAt: now)
        user.email = email
        (user.isEmailClaimed, user.isRegistered) = (true, true)
        user.fullName = fullName
        user.passwordHash = hash
        user.passwordChangedAt = now
        // Of both the address is told first.
        guard book.isFree(email) else { throw .userExists(.email) }
        guard book.hasRoomForNewcomer else { throw .tooManyUnconfirmed }
        try book.add(user)
        return user
      }
    } catch {
      switch error {
      case .userExists(.email): throw RequestFailure(400, "Email already registered")
      case .userExists: throw RequestFailure(400, "Username already taken")
      case .tooManyUnconfirmed: throw .registrationsAreFull
      default: throw RequestFailure(error)
      }
    }
  }

  /// Gives a user another password, who knows the one that he has. All that he has signed in with is over.
  ///
  /// - Throws: 401 where he does not know it, 400 for one that nobody may have.
  func changePassword(
    _ body: PasswordChange, of user: UserRecord, from place: SignInPlace
  ) async throws(RequestFailure) -> UserRecord {
    // Who has somebody's cookie guesses no more than who has not.
    let found = try await self.user(
      NameAndPassword(name: user.name.text, password: body.current), from: place)
    guard found.id == user.id else { throw .wrongPassword }
    let hash = try await hash(body.new)
    let now = Timestamp.now
    return try await endAll(of: user.id) { (record) throws(RecordError) in
      // Somebody may have changed it meanwhile.
      guard record.passwordHash == found.passwordHash else {
        throw RecordError("current_password", takes: "the password of now")
      }
      record.setPassword(hash, at: now)
      record.resetAskedAt = nil
    }
  }
}
