package import Configuration
internal import Bytes
internal import JSONWebToken

/// Where a browser is sent to sign in (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core 1.0 section 3.1.2.1).
package struct SignInRequest: Sendable {
  /// Comes back as it is.
  package let state: String
  /// Comes back in the id_token.
  package let nonce: String
  /// What is shown with the code: 43-128 letters, digits, `-._~`. The browser sees its SHA-256 alone.
  package let verifier: String
  /// Where it comes back to, byte for byte as at the exchange.
  package let redirectURL: String

  /// See the properties.
  package init(state: String, nonce: String, verifier: String, redirectURL: String) {
    self.state = state
    self.nonce = nonce
    self.verifier = verifier
    self.redirectURL = redirectURL
  }

  /// The address; nil where libcrypto has no memory.
  package func url(_ document: IssuerDocument, _ settings: IssuerSettings) -> String? {
    guard let challenge = TokenDigest.sha256(verifier.utf8) else { return nil }
    let query = FormText.text([
      ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", redirectURL),
      ("scope", settings.scopes.joined(separator: " ")), ("state", state), ("nonce", nonce),
      ("code_challenge", Base64URL.text(of: challenge)), ("code_challenge_method", "S256"),
    ])
    let endpoint = document.authorizationEndpoint
    return endpoint + (endpoint.contains("?") ? "&" : "?") + query
  }
}

extension SignInRequest: CustomStringConvertible, CustomReflectable {
  package var description: String { "a sign-in at the issuer" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
