internal import Access
internal import Issuers
internal import JSONWebToken
internal import System

/// What a bearer token was found to say, and what its user has by it. Immutable: where users change another one takes its place.
final class VerifiedToken: Sendable {
  /// Who has signed it, and of whom.
  enum Holder: Sendable {
    /// The gateway, at a sign-in of this user, who had changed his password so often then.
    case own(UserID, generation: Int64, signIn: SignInID)
    /// The issuer of `oidc`.
    case issuer(IssuerUser)
  }

  let holder: Holder
  let expiresAt: Timestamp
  /// What he has; nil where he is not let in.
  let grant: Grant?
  /// As of which generation of keys and users.
  let asOf: UInt64

  /// - Parameters: see the properties.
  init(_ holder: Holder, until expiresAt: Timestamp, _ grant: Grant?, asOf: UInt64) {
    self.holder = holder
    self.expiresAt = expiresAt
    self.grant = grant
    self.asOf = asOf
  }
}
