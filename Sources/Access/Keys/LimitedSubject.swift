package import Limits

/// Somebody with limits. A request has up to three: its key, or the one for whom that asks, its user, and the team; or its address.
///
/// An object, so that who has seen it knows it again without comparing all of its limits.
package final class LimitedSubject: Sendable {
  /// Who.
  package let subject: LimitSubject
  /// What holds now; nothing where it is empty.
  package let limits: LimitSet
  /// Whether something does.
  package let isLimited: Bool

  /// - Parameter limits: what holds now.
  package init(_ subject: LimitSubject, _ limits: LimitSet) {
    self.subject = subject
    self.limits = limits
    isLimited = !limits.isEmpty
  }
}

extension LimitedSubject {
  /// Those of key, user and team, as far as there are any, in this order.
  static func all(_ key: KeyRecord?, _ user: UserRecord?, _ team: TeamRecord?) -> [LimitedSubject] {
    [
      key.map { LimitedSubject(.key($0.id), $0.limits) },
      user.map { LimitedSubject(.user($0.id), $0.limits) },
      team.map { LimitedSubject(.team($0.name), $0.limits) },
    ].compactMap { $0 }.filter(\.isLimited)
  }
}
