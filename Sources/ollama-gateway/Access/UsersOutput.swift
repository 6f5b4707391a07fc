import Access
import Administration
import ChatClient
import Limits
import System

/// Prints users: for people, or as lines of JSON. Never what is kept of their passwords.
enum UsersOutput {
  /// A list of users.
  ///
  /// - Parameter keys: how many each of them has.
  static func write(_ users: [UserRecord], _ keys: [UserName: Int], isJSON: Bool, at now: Timestamp) {
    if isJSON {
      for user in users {
        KeysOutput.line { UserReport.encode(user, keys: keys[user.name] ?? 0, at: now, into: &$0) }
      }
      return
    }
    var table = TextTable(
      ["ID", "NAME", "STATUS", "TYPE", "E-MAIL", "TEAM", "KEYS", "LAST SIGN-IN", "LIMITS", "WANTS"],
      numbers: [0, 6])
    for user in users {
      table.add([
        user.id.text, user.name.text, user.status.rawValue, ScopeWords.text(user.scopes), user.email ?? "-",
        user.team?.text ?? "-", "\(keys[user.name] ?? 0)",
        user.lastLoginAt.map { String($0.iso8601.prefix(10)) } ?? "-",
        user.limits.isEmpty ? "-" : user.limits.words, user.resetAskedAt == nil ? "-" : "a new password",
      ])
    }
    table.write()
  }

  /// All that is known of a user.
  static func writeDetails(of user: UserRecord, _ keys: [KeyRecord], at now: Timestamp) {
    let lines: [(String, String?)] = [
      ("id", user.id.text), ("name", user.name.text), ("status", user.status.rawValue),
      ("e-mail", email(of: user)),
      ("full name", user.fullName), ("password", password(of: user)),
      ("scopes", user.scopes.names.joined(separator: ", ")),
      ("models", user.models.map { $0.texts.isEmpty ? "none" : $0.texts.joined(separator: ", ") } ?? "all"),
      ("team", user.team?.text), ("limits", user.limits.isEmpty ? "none" : user.limits.words),
      ("keys", keys.isEmpty ? "none" : keys.map { "\($0.id) (\($0.name))" }.joined(separator: ", ")),
      ("made", user.createdAt.iso8601), ("changed", user.updatedAt?.iso8601),
      ("last sign-in", user.lastLoginAt?.iso8601),
      ("wants", user.resetAskedAt.map { "a new password, since \($0.iso8601)" }),
      (
        "link",
        user.reset.flatMap { $0.validUntil > now ? "to set a password, until \($0.validUntil.iso8601)" : nil }
      ),
      ("unlocked", user.unlockedAt?.iso8601),
    ]
    for case (let name, let text?) in lines { KeysOutput.detail(name, text) }
    for identity in user.identities {
      KeysOutput.detail("known as", "\(identity.subject) at \(identity.issuer)")
    }
  }

  private static func email(of user: UserRecord) -> String? {
    user.email.map { $0 + (user.verifiedAt.map { ", verified \($0.iso8601)" } ?? ", not verified") }
  }

  private static func password(of user: UserRecord) -> String {
    guard user.passwordHash != nil else { return "none" }
    return user.passwordChangedAt.map { "since \($0.iso8601)" } ?? "yes"
  }
}
