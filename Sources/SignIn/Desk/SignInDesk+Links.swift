package import Access
internal import AccessStorage
internal import Handling
internal import System

// Links by which users set a password, or show an e-mail address to be theirs. None is sent: an administrator makes them and passes them
// on. Of a link's secret the digest alone is kept.
extension SignInDesk {
  /// Somebody would like a link for a new password: an administrator sees that. The response does not wait for it, so that it takes the
  /// same time whether there is such a user or not.
  ///
  /// - Parameters:
  ///   - asker: who is signed in and asks; nil for anybody else, who is known by his network.
  /// - Throws: 429 where he has asked as often as one may in a minute.
  func noteWish(_ email: String, by asker: UserID?, from network: LoginNetwork) throws(RequestFailure) {
    let caller = asker.map { RequestWindow.Caller.user($0.number) } ?? .network(network)
    if let rest = resetWindow.withLock({ $0.take(caller, at: .now) }) { throw .rateExceeded(rest) }
    guard let user = directory.user(email: email)?.user else { return }
    let now = Timestamp.now
    // Once a minute is enough.
    if let asked = user.resetAskedAt, asked <= now, now < asked.adding(.seconds(60)) { return }
    let keeper = keeper
    let id = user.id
    Task {
      _ = try? await keeper.change(id) { (user) throws(RecordError) in user.resetAskedAt = now }
    }
  }

  /// Sets a password by a link.
  ///
  /// - Throws: 400 for a link that is none, or none any more, and for a password that nobody may have.
  func setPassword(_ confirmation: ResetConfirmation) async throws(RequestFailure) {
    let digest = SignInDesk.digest(of: confirmation.token)
    guard let user = await user(with: \.reset, digest) else { throw .badReset }
    let hash = try await hash(confirmation.newPassword)
    let now = Timestamp.now
    let isDone = Outcome()
    try await endAll(of: user.id) { (user) throws(RecordError) in
      // Of two who have the same link one is the first.
      guard let reset = user.reset, reset.digest == digest, now < reset.validUntil else {
        return isDone.set(false)
      }
      user.setPassword(hash, at: now)
      user.resetAskedAt = nil
      // Whoever has the link is let in by what it sets.
      user.unlockedAt = now
      isDone.set(true)
    }
    guard isDone.value else { throw .badReset }
  }

  /// Shows an e-mail address to be its user's.
  ///
  /// - Returns: whether it was known before.
  /// - Throws: 400 for a link that is none.
  func verify(_ token: String) async throws(RequestFailure) -> Bool {
    let digest = SignInDesk.digest(of: token)
    guard let user = await user(with: \.verification, digest) else {
      throw RequestFailure(400, "Invalid or expired verification token")
    }
    if user.verifiedAt != nil { return true }
    let now = Timestamp.now
    do throws(AccessError) {
      try await keeper.change(user.id) { (user) throws(RecordError) in
        guard user.verification?.digest == digest else { return }
        user.verifiedAt = user.verifiedAt ?? now
        user.updatedAt = now
      }
    } catch { throw RequestFailure(error) }
    return false
  }

  /// Whose link it is; nil for one that is none, or none any more. The command line may have made it a moment ago.
  private func user(
    with link: KeyPath<UserRecord, UserRecord.Link?>, _ digest: SecretDigest
  ) async -> UserRecord? {
    if let user = knownUser(with: link, digest) { return user }
    await keeper.look()
    return knownUser(with: link, digest)
  }

  private func knownUser(
    with link: KeyPath<UserRecord, UserRecord.Link?>, _ digest: SecretDigest
  ) -> UserRecord? {
    let now = Timestamp.now
    return directory.allUsers.lazy.compactMap(\.user).first { user in
      user[keyPath: link].map { $0.digest == digest && now < $0.validUntil } ?? false
    }
  }

  /// By which the secret of a link is known.
  package static func digest(of token: String) -> SecretDigest {
    var token = token
    return token.withUTF8 { SecretDigest(of: UnsafeRawBufferPointer($0)) }
  }
}

extension RequestFailure {
  static let badReset = RequestFailure(400, "Invalid or expired reset token")
}

/// What an edit has come to that is made on another thread.
private final class Outcome: Sendable {
  private let state = Lock(false)

  var value: Bool { state.withLock { $0 } }
  func set(_ value: Bool) { state.withLock { $0 = value } }
}
