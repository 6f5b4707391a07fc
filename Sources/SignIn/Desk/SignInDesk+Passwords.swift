internal import Access
internal import AccessStorage
internal import Handling
internal import Passwords
internal import System

// Names and passwords.
extension SignInDesk {
  /// Whose name and password these are.
  ///
  /// An unknown name, one without a password and a wrong password take the same time, and are told the same. So is the right one of a
  /// user whose other name, of name and e-mail address, is locked there.
  ///
  /// - Throws: 401 where they are nobody's, 403 where the name is locked or the user disabled, 429 where too many are being tried, or too
  ///   many of the network were wrong.
  func user(_ input: NameAndPassword, from place: SignInPlace) async throws(RequestFailure) -> UserRecord {
    let found = user(meantBy: input.name)
    let caller = caller(LoginName(input.name), found, place)
    switch lock.withLock({ $0.begin(caller, at: .now) }) {
    case .tried: break
    case .locked(let rest): throw .accountLocked(until: Timestamp.now.adding(rest))
    case .limited(let rest): throw .rateExceeded(rest)
    case .busy: throw .tooManySignIns
    }
    let userCaller = beginUser(found, caller)
    guard
      let isRight = await isRight(
        input.password, of: userCaller == nil ? nil : found, for: PasswordAsker(caller))
    else {
      lock.withLock { $0.abandon(caller, at: .now) }
      if let userCaller { userLock.withLock { $0.abandon(userCaller, at: .now) } }
      throw .tooManySignIns
    }
    // Who was deleted meanwhile, or got another password, is not let in by the one from before.
    guard isRight, let found, let user = directory.user(found.id)?.user,
      user.passwordHash == found.passwordHash
    else {
      if let userCaller { _ = userLock.withLock { $0.fail(userCaller, at: .now) } }
      guard lock.withLock({ $0.fail(caller, at: .now) }) else { throw .wrongPassword }
      throw .accountLockedNow
    }
    lock.withLock { $0.succeed(caller, at: .now) }
    if let userCaller { userLock.withLock { $0.succeed(userCaller, at: .now) } }
    guard !user.isDisabled else { throw .inactiveAccount }
    await renewHash(of: user, input.password)
    return user
  }

  /// The caller by his user, whose password is tried; nil where there is no such user, or none is tried for him.
  private func beginUser(_ user: UserRecord?, _ caller: LoginLock.Caller) -> LoginLock.Caller? {
    guard let user else { return nil }
    let userCaller = caller.named(LoginName(user.id))
    return userLock.withLock { $0.begin(userCaller, at: .now) } == .tried ? userCaller : nil
  }

  /// A hash that was made at another cost, such as one that was brought along, is made anew while the password is at hand. Where that
  /// cannot be, the next sign-in does it.
  private func renewHash(of user: UserRecord, _ password: String) async {
    guard let text = user.passwordHash, let hash = PasswordHash(text), !passwords.isCurrent(hash) else {
      return
    }
    guard let new = try? await passwords.make(password).text else { return }
    _ = try? await keeper.change(user.id) { (record) throws(RecordError) in
      if record.passwordHash == text { record.passwordHash = new }
    }
  }

  /// Whether a password is a user's; nil where too many are being tried.
  private func isRight(_ password: String, of user: UserRecord?, for asker: PasswordAsker) async -> Bool? {
    let hash = user?.passwordHash.flatMap { PasswordHash($0) }
    do throws(PasswordRefusal) {
      return try await passwords.verify(password, against: hash, for: asker)
    } catch { return nil }
  }

  private func caller(_ name: LoginName, _ user: UserRecord?, _ place: SignInPlace) -> LoginLock.Caller {
    let since = Timestamp.now.adding(.zero - SignInPlace.memory)
    let known = user?.places.filter { $0.seenAt > since }.map(\.place) ?? []
    return LoginLock.Caller(
      name: name, network: place.network,
      device: place.devices.lazy.map(SignInPlace.text).first { known.contains($0) },
      isNetworkKnown: place.network.text.map { known.contains($0) } ?? false,
      isExempt: place.isOnThisMachine && user?.scopes.contains(.admin) == true,
      unlockedAt: user?.unlockedAt)
  }

  /// The hash of a new password.
  ///
  /// - Parameter asker: who may be anybody; nil for who has shown who he is.
  /// - Throws: 400 for one that nobody may have, 429 where too many are being tried.
  func hash(_ password: String, for asker: PasswordAsker? = nil) async throws(RequestFailure) -> String {
    if let fault = PasswordRule.fault(of: password) { throw RequestFailure(400, fault.sentence) }
    do throws(PasswordRefusal) { return try await passwords.make(password, for: asker).text } catch {
      switch error {
      case .busy: throw .tooManySignIns
      case .unusable: throw RequestFailure(503, "The password cannot be hashed now.", retryAfter: 5)
      }
    }
  }
}

extension UserRecord {
  /// He has signed in.
  ///
  /// - Parameters:
  ///   - places: from where, as locks know them.
  ///   - earlier: of these, those that are none any more.
  mutating func noteSignIn(from places: [String], insteadOf earlier: [String] = [], at now: Timestamp) {
    lastLoginAt = now
    let since = now.adding(.zero - SignInPlace.memory)
    self.places.removeAll { $0.seenAt <= since || places.contains($0.place) || earlier.contains($0.place) }
    self.places += places.map { Place(place: $0, seenAt: now) }
    let surplus = self.places.count - UserRecord.placeLimit
    if surplus > 0 { self.places.removeFirst(surplus) }
  }

  /// He gets another password: all that he has signed in with is over, and so is the link that may have brought it.
  mutating func setPassword(_ hash: String, at now: Timestamp) {
    passwordHash = hash
    passwordChangedAt = now
    updatedAt = now
    endSignIns(at: now)
  }
}

extension PasswordAsker {
  /// Whoever no lock keeps from trying a name: one network's strangers share, and each browser that is known is by itself.
  fileprivate init(_ caller: LoginLock.Caller) {
    self.init(
      place: caller.device ?? caller.network.text ?? "", isTrusted: caller.isKnown || caller.isExempt)
  }
}
