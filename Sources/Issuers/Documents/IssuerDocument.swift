internal import JSONWebToken
internal import Configuration

/// What an issuer says of itself (OpenID Connect Discovery 1.0 section 3): those members that we go by.
package struct IssuerDocument: Equatable, Sendable {
  package let authorizationEndpoint: String
  package let tokenEndpoint: String
  package let keysURL: String
  /// Where a browser is sent to sign out there; nil: nowhere.
  package let logoutEndpoint: String?
  /// Whether its answers to browsers say whose they are (RFC 9207).
  package let namesItselfInResponses: Bool
  /// Whether our secret goes in the body; otherwise in a field.
  package let takesSecretInBody: Bool

  /// The most bytes.
  package static let longest = 256 * 1024

  /// What is wrong with a document. Holds nothing of it.
  package enum Fault: Error, Equatable, Sendable {
    case malformed, otherIssuer, endpoint, noChallenge

    /// What is said behind “its discovery document”.
    var words: String {
      switch self {
      case .malformed: "is none"
      case .otherIssuer: "is another issuer's: oidc takes it as it names itself there, byte for byte"
      case .endpoint: "names no address where it has to, or one that leads elsewhere"
      case .noChallenge: "takes no sign-in with PKCE (S256)"
      }
    }
  }

  /// Where an issuer has it: behind its identifier (section 4).
  package static func url(of issuer: String) -> String {
    (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
  }

  /// Reads a document.
  ///
  /// - Parameter issuer: whose it must be, byte for byte (section 4.3): one that says it is another's tokens are not this one's.
  package init(_ bytes: [UInt8], of issuer: String) throws(Fault) {
    guard bytes.count <= Self.longest, let object = StrictObject(bytes) else { throw .malformed }
    guard let named = object.text("issuer"), named.utf8.elementsEqual(issuer.utf8) else { throw .otherIssuer }
    // What an issuer beyond this machine names leads nowhere on it.
    let isLocal = issuer.hasPrefix("http://")
    func endpoint(_ name: String) throws(Fault) -> String {
      guard let url = object.text(name), IssuerURL.isEndpoint(url), isLocal || url.hasPrefix("https://")
      else {
        throw .endpoint
      }
      return url
    }
    authorizationEndpoint = try endpoint("authorization_endpoint")
    tokenEndpoint = try endpoint("token_endpoint")
    keysURL = try endpoint("jwks_uri")
    logoutEndpoint = object.has("end_session_endpoint") ? try endpoint("end_session_endpoint") : nil
    namesItselfInResponses = object.flag("authorization_response_iss_parameter_supported") ?? false
    // One that does not say may know it all the same (RFC 7636); one that says others has no way for us.
    if object.has("code_challenge_methods_supported") {
      guard object.texts("code_challenge_methods_supported")?.contains("S256") == true else {
        throw .noChallenge
      }
    }
    let methods = object.texts("token_endpoint_auth_methods_supported") ?? ["client_secret_basic"]
    takesSecretInBody = !methods.contains("client_secret_basic") && methods.contains("client_secret_post")
  }
}
