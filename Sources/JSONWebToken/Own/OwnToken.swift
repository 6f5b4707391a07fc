/// A token of our own, as the first system has them: who has signed in, until when. Times are seconds since 1970.
package struct OwnToken: Equatable, Sendable {
  /// What it is good for.
  package enum Kind: String, Sendable, CaseIterable {
    /// Requests.
    case access
    /// The next pair of tokens, and nothing else.
    case refresh
  }

  /// `type`.
  package var kind: Kind
  /// `sub`: the user's name when it was made. Who it is, `user_id` says.
  package var subject: String
  /// Above 0.
  package var userID: Int64
  package var email: String?
  package var issuedAt: Int64
  package var expiresAt: Int64
  /// `jti`, 1-128 bytes.
  package var id: String
  /// `gen`: the user's generation when it was made.
  package var generation: Int64

  /// See the properties.
  package init(
    kind: Kind, subject: String, userID: Int64, email: String? = nil, issuedAt: Int64, expiresAt: Int64,
    id: String,
    generation: Int64
  ) {
    self.kind = kind
    self.subject = subject
    self.userID = userID
    self.email = email
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    self.id = id
    self.generation = generation
  }

  init(_ claims: TokenClaims) throws(TokenFault) {
    guard let kind = claims.text("type").flatMap(Kind.init(rawValue:)) else { throw .otherType }
    guard let subject = claims.subject else { throw .noSubject }
    guard let expiresAt = claims.expiresAt else { throw .noExpiry }
    guard let userID = claims.integer("user_id"), userID > 0, let generation = claims.integer("gen"),
      let issuedAt = claims.issuedAt, let id = claims.id, (1...128).contains(id.utf8.count)
    else { throw .claims }
    self.init(
      kind: kind, subject: subject, userID: userID, email: claims.text("email"), issuedAt: issuedAt,
      expiresAt: expiresAt, id: id, generation: generation)
  }
}
