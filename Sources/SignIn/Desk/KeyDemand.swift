internal import Access
internal import Accounts
internal import Handling
internal import System

/// What making a key takes of who has signed in some time ago: it would outlast a browser that was left open, and a cookie or token that
/// somebody has taken.
enum KeyDemand: String, Sendable {
  /// The password of now.
  case password
  /// A sign-in of a moment ago, as there is no password.
  case signIn = "sign_in"

  /// For so long after a sign-in nothing more is asked for.
  static let grace = Duration.seconds(300)
  /// By so much an issuer's clock may go before ours.
  private static let leeway = Duration.seconds(60)

  /// Nil where nothing is asked for.
  ///
  /// - Parameters:
  ///   - signedInAt: when; nil where that is not known.
  ///   - hasPassword: whether there is one to ask for.
  init?(signedInAt: Timestamp?, hasPassword: Bool, at now: Timestamp) {
    // By a clock that was set back it may have been later than now, for as long as that was.
    if let signedInAt, signedInAt <= now.adding(Self.leeway), now < signedInAt.adding(Self.grace) {
      return nil
    }
    self = hasPassword ? .password : .signIn
  }
}

extension SignInDesk {
  /// What a user has to show to make a key; nil: nothing more.
  func keyDemand(of user: UserRecord, by proof: Proof, at now: Timestamp) -> KeyDemand? {
    let hasPassword = user.passwordHash != nil
    switch proof {
    case .signIn(let id):
      return KeyDemand(signedInAt: access.signIns[id]?.createdAt, hasPassword: hasPassword, at: now)
    case .token(let issuedAt, _):
      return KeyDemand(signedInAt: issuedAt, hasPassword: hasPassword, at: now)
    // When it has signed him in the proxy does not say, and it is asked each time.
    case .proxy: return hasPassword ? .password : nil
    case .none, .key: return KeyDemand(signedInAt: nil, hasPassword: hasPassword, at: now)
    }
  }

  /// Holds that a user has shown what making a key takes.
  ///
  /// - Parameter password: what he has shown; it is looked at where it is asked for alone.
  /// - Throws: 403 where more is asked for, 401 where the password is wrong, and what a sign-in is refused with.
  func satisfyKeyDemand(
    of user: UserRecord, by proof: Proof, password: String?, from place: SignInPlace
  ) async throws(RequestFailure) {
    switch keyDemand(of: current(user), by: proof, at: .now) {
    case nil: return
    case .signIn: throw .signInIsOld
    case .password:
      guard let password else { throw .keyTakesPassword }
      // Who has somebody's cookie guesses no more than who has not.
      let found = try await self.user(
        NameAndPassword(name: user.name.text, password: password), from: place)
      guard found.id == user.id else { throw .wrongPassword }
    }
  }
}

extension RequestFailure {
  fileprivate static let keyTakesPassword = RequestFailure(
    403, "You signed in more than five minutes ago: a new key takes your current password.",
    field: "current_password")
  fileprivate static let signInIsOld = RequestFailure(
    403, "You signed in more than five minutes ago: sign in again to make a key.")
}
