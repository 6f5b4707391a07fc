package import Access
package import System

/// By what a caller has shown who he is.
package enum Proof: Equatable, Sendable {
  /// By nothing that the gateway would let in where it is closed.
  case none
  /// By a trusted proxy, which has named him so.
  case proxy(UserName)
  /// By a key of this secret.
  case key(SecretDigest)
  /// By a token of the issuer, which was made then, where it says so, and is valid until then.
  case token(issuedAt: Timestamp?, expiresAt: Timestamp)
  /// By having signed in, which lasts until that ends.
  case signIn(SignInID)
}
