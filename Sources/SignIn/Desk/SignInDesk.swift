internal import Access
package import AccessStorage
package import Accounts
package import Handling
package import JSONWebToken
package import Passwords
internal import System

/// Signs users in and out, and gives them passwords: what the routes of all workers have in common. Safe from any thread.
package final class SignInDesk: Sendable {
  /// Who may come in.
  let access: AccessControl
  /// Changes users and keys.
  let keeper: AccessKeeper
  /// Keeps who has signed in.
  let signIns: SignInKeeper
  /// Hashes passwords.
  let passwords: PasswordChecker
  /// Has a line for what an administrator may want to know.
  let audit: AuditLog
  /// Signs tokens; nil where nobody can sign in.
  let tokens: OwnTokens?
  /// By what was typed: what people are told of. Before ``userLock``, and never within it.
  let lock = Lock(LoginLock())
  /// By the user: name and e-mail address are no more attempts than one of them. Nobody is told of it, since it would tell that both are
  /// one user's.
  let userLock = Lock(LoginLock())
  /// Of browsers that are on their way to the issuer and back.
  let journeys = Lock(IssuerJourneys())
  /// Of links for new passwords.
  let resetWindow = Lock(RequestWindow())
  /// Of new users.
  let registrationWindow = Lock(RequestWindow())
  /// Of those that were made, in a day.
  let registrationDay = Lock(RequestWindow(limit: registrationsOfDay, window: .seconds(86_400)))

  /// So many from one network make themselves in a day.
  static let registrationsOfDay = 50
  /// How long it stays at most.
  static let wholeTime = Duration.seconds(30 * 86_400)
  /// How long a browser is known to have signed in.
  static let deviceSeconds = 365 * 86_400

  /// - Parameters: see the properties.
  package init(
    _ access: AccessControl, _ keeper: AccessKeeper, _ signIns: SignInKeeper, _ tokens: OwnTokens?,
    _ passwords: PasswordChecker, _ audit: AuditLog
  ) {
    self.access = access
    self.keeper = keeper
    self.signIns = signIns
    self.tokens = tokens
    self.passwords = passwords
    self.audit = audit
  }

  /// Whether anybody can sign in.
  var isStored: Bool { signIns.isStored }

  /// All users and keys as they are now.
  var directory: KeyDirectory { access.directory.directory }

  /// A user with what was noted of him last, of which workers do not hear; as he is where he is gone.
  func current(_ user: UserRecord) -> UserRecord { directory.user(user.id)?.user ?? user }

  /// Whom somebody means who has typed a name or an e-mail address. Of a store of before somebody may be called by another's address: it
  /// is the other's.
  func user(meantBy text: String) -> UserRecord? {
    let directory = directory
    return directory.user(email: text)?.user ?? UserName(text).flatMap { directory.user(called: $0)?.user }
  }
}
