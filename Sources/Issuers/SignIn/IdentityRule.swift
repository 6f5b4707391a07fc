internal import Bytes
package import Configuration
package import JSONWebToken

/// What an id_token must be for somebody to be signed in by it (OpenID Connect Core 1.0 section 3.1.3.7).
package struct IdentityRule: Sendable {
  private let settings: IssuerSettings
  private let nonce: String
  private let accessToken: String?

  /// - Parameters:
  ///   - nonce: that with which the browser was sent there.
  ///   - accessToken: the one that came along.
  package init(_ settings: IssuerSettings, nonce: String, accessToken: String?) {
    self.settings = settings
    self.nonce = nonce
    self.accessToken = accessToken
  }

  /// Looks at all of it.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: the first thing that is wrong.
  package func check(_ token: TokenText, by keys: KeySet, at now: Int64) throws(TokenFault) {
    try keys.verify(token, by: settings.algorithms)
    let rule = ClaimsRule(
      issuer: settings.issuer, audiences: [settings.clientID], types: ClaimsRule.identityTypes)
    try rule.check(token, at: now)
    let claims = token.claims
    // Who else may use it says whom it was made for.
    if claims.has("azp") || claims.audiences.count > 1 {
      guard let party = claims.text("azp"), party.utf8.elementsEqual(settings.clientID.utf8) else {
        throw .otherAudience
      }
    }
    guard let given = claims.text("nonce"), Self.isSame(given, nonce) else { throw .otherNonce }
    guard claims.has("at_hash") else { return }
    guard let algorithm = TokenAlgorithm(exactly: token.header.algorithm), let accessToken,
      let mark = claims.text("at_hash").flatMap({ Base64URL.decode($0) }),
      mark == TokenDigest.mark(of: accessToken, by: algorithm)
    else { throw .otherAccessToken }
  }

  /// How long it takes tells nothing of where they differ.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    guard left.utf8.count == right.utf8.count else { return false }
    return zip(left.utf8, right.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
