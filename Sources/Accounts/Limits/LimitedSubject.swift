package import Limits

/// Somebody with limits. A request has up to three: its key, or the one for whom that asks, its user, and the team; or its address.
package struct LimitedSubject: Equatable, Sendable {
  /// Who.
  package let subject: LimitSubject
  /// What holds now; nothing where it is empty.
  package let limits: LimitSet

  /// - Parameter limits: what holds now.
  package init(_ subject: LimitSubject, _ limits: LimitSet) {
    self.subject = subject
    self.limits = limits
  }
}
