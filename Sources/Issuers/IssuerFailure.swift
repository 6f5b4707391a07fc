package import JSONWebToken

/// Why an issuer's sign-in or token comes to nothing. Holds nothing secret.
package enum IssuerFailure: Error, Equatable, Sendable {
  /// It does not answer, or not in time.
  case away
  /// What it says is none of the standard.
  case malformed
  /// It does not take the code, or us: its word for it, such as `invalid_grant`.
  case refused(String)
  /// Its token does not count.
  case token(TokenFault)

  /// One sentence without its end, for people.
  package var sentence: String {
    switch self {
    case .away: "The issuer of sign-ins does not answer"
    case .malformed: "The issuer of sign-ins has answered in a way that is not understood"
    case .refused(let word): "The issuer of sign-ins has refused (\(word))"
    case .token(let fault): fault.sentence
    }
  }
}
