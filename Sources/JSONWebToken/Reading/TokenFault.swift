/// Why a token counts for nothing. Holds nothing of it, so that it may be logged and shown.
package enum TokenFault: Error, Equatable, Sendable, CaseIterable {
  /// It is no three parts of base 64 for URLs, with JSON in the first two.
  case malformed
  /// Larger than ``TokenText/longest``.
  case tooLong
  /// Its header has `crit`, which nothing of it is understood here.
  case criticalExtension
  /// Its kind (`typ`) is not one that is let in.
  case otherType
  /// Its algorithm is unknown, `none`, or not let in.
  case algorithm
  /// No key that its issuer publishes has its `kid` and is for its algorithm.
  case unknownKey
  /// The signature is none of its key.
  case signature
  /// A claim is of another kind than the standard says, or a number beyond all times.
  case claims
  /// The claim that is needed is not there.
  case noExpiry, noSubject
  case expired, notYetValid, otherIssuer, otherAudience, otherNonce, otherAccessToken

  /// One sentence without its end, for a log line or a client.
  package var sentence: String {
    switch self {
    case .malformed: "The token is malformed"
    case .tooLong: "The token is longer than \(TokenText.longest) bytes"
    case .criticalExtension: "The token needs an extension that is not known here"
    case .otherType: "The token is of another type"
    case .algorithm: "The token's algorithm is not let in"
    case .unknownKey: "The token's key is not among those of its issuer"
    case .signature: "The token's signature is not that of its key"
    case .claims: "A claim of the token is malformed"
    case .noExpiry: "The token never expires"
    case .noSubject: "The token names nobody"
    case .expired: "The token has expired"
    case .notYetValid: "The token is not valid yet"
    case .otherIssuer: "The token is from another issuer"
    case .otherAudience: "The token is for somebody else"
    case .otherNonce: "The token belongs to another sign-in"
    case .otherAccessToken: "The token belongs to another access token"
    }
  }
}
