/// What the claims of a token must be for it to count (RFC 7519 section 4.1, RFC 8725).
package struct ClaimsRule: Sendable {
  /// By how much clocks may differ, in seconds.
  package static let leeway: Int64 = 60

  /// The same as the token's byte for byte.
  package let issuer: String
  /// Of which the token must name one.
  package let audiences: [String]
  /// What the token may be, in lower case; nil in it: one that does not say.
  package let types: Set<String?>

  /// What a bearer token may be: RFC 9068 section 2.1, and what was written before it. A token of another kind by the same issuer
  /// (`logout+jwt`, `secevent+jwt`, `dpop+jwt`) is no credential.
  package static let bearerTypes: Set<String?> = [nil, "jwt", "at+jwt"]
  /// What an id_token may be.
  package static let identityTypes: Set<String?> = [nil, "jwt"]

  /// See the properties.
  package init(issuer: String, audiences: [String], types: Set<String?> = bearerTypes) {
    self.issuer = issuer
    self.audiences = audiences
    self.types = types
  }

  /// Looks at all but the signature.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: the first thing that is wrong.
  package func check(_ token: TokenText, at now: Int64) throws(TokenFault) {
    guard types.contains(token.header.type) else { throw .otherType }
    let claims = token.claims
    guard let issuer = claims.issuer, issuer.utf8.elementsEqual(self.issuer.utf8) else { throw .otherIssuer }
    guard claims.audiences.contains(where: isOurs) else { throw .otherAudience }
    guard claims.subject != nil else { throw .noSubject }
    try Self.checkTimes(of: claims, at: now)
  }

  /// Looks at the times again, as of a token whose other claims are known to be right.
  static func checkTimes(of claims: TokenClaims, at now: Int64) throws(TokenFault) {
    guard let expiresAt = claims.expiresAt else { throw .noExpiry }
    // None of the claims is over the end of the year 9999: the sums have room.
    guard now < expiresAt + leeway else { throw .expired }
    if let notBefore = claims.notBefore, now < notBefore - leeway { throw .notYetValid }
    if let issuedAt = claims.issuedAt, now < issuedAt - leeway { throw .notYetValid }
  }

  private func isOurs(_ audience: String) -> Bool {
    audiences.contains { $0.utf8.elementsEqual(audience.utf8) }
  }
}
