import Testing

@testable import Issuers

@Suite("What an issuer says of itself") struct IssuerDocumentTests {
  @Test func itsPlacesAreRead() throws {
    let plain = try document()
    #expect(plain.authorizationEndpoint == "https://id.example.org/auth")
    #expect(plain.tokenEndpoint == "https://id.example.org/token")
    #expect(plain.keysURL == "https://id.example.org/jwks")
    #expect(plain.logoutEndpoint == nil)
    #expect(!plain.namesItselfInResponses && !plain.takesSecretInBody)
    let full = try document(
      """
      ,"end_session_endpoint":"https://id.example.org/out?x=1","authorization_response_iss_parameter_supported":true,
      "token_endpoint_auth_methods_supported":["client_secret_post","private_key_jwt"],
      "code_challenge_methods_supported":["plain","S256"],"other":{"a":[1]}
      """)
    #expect(full.logoutEndpoint == "https://id.example.org/out?x=1")
    #expect(full.namesItselfInResponses && full.takesSecretInBody)
    #expect(
      try !document(#","token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"]"#)
        .takesSecretInBody)
  }

  @Test func itStandsBehindTheIdentifier() {
    for issuer in ["https://id/realm", "https://id/realm/"] {
      #expect(IssuerDocument.url(of: issuer) == "https://id/realm/.well-known/openid-configuration")
    }
  }

  @Test(arguments: [
    "https://id.example.org/", "https://ID.example.org", "https://evil.example.org", "http://id.example.org",
  ])
  func oneThatNamesAnotherIsNone(_ named: String) {
    #expect(throws: IssuerDocument.Fault.otherIssuer) {
      try IssuerDocument(Array(documentText(issuer: named).utf8), of: "https://id.example.org")
    }
  }

  @Test(arguments: [
    "", "[]", "{", "<html>", #"{"issuer":"https://id.example.org","issuer":"https://id.example.org"}"#,
  ])
  func whatIsNoDocumentIsNone(_ text: String) {
    #expect(throws: IssuerDocument.Fault.malformed) {
      try IssuerDocument(Array(text.utf8), of: "https://id.example.org")
    }
  }

  @Test func tenMegabytesAreNone() {
    #expect(throws: IssuerDocument.Fault.malformed) {
      try IssuerDocument([UInt8](repeating: 32, count: 10 << 20), of: "https://id.example.org")
    }
  }

  /// What it names is asked with secrets, and browsers are sent there.
  @Test(arguments: [
    "http://id.example.org/jwks", "http://127.0.0.1/jwks", "file:///etc/passwd", "ftp://x/", "javascript:1",
    "/jwks",
    "", "https://", "https://u:p@id.example.org/", "https://id.example.org/#x", "https://id.example.org/ x",
    "https://id.example.org:99999/",
  ])
  func otherPlacesAreNone(_ url: String) {
    let good = documentText()
    for name in ["auth", "token", "jwks"] {
      let text = good.replacing(#""https://id.example.org/\#(name)""#, with: #""\#(url)""#)
      #expect(throws: IssuerDocument.Fault.endpoint) {
        try IssuerDocument(Array(text.utf8), of: "https://id.example.org")
      }
    }
    #expect(throws: IssuerDocument.Fault.endpoint) {
      try document(#","end_session_endpoint":"\#(url)""#)
    }
  }

  @Test func oneOfThisMachineNamesPlacesOfIt() throws {
    let issuer = "http://127.0.0.1:8080"
    #expect(try document(issuer: issuer).keysURL == "http://127.0.0.1:8080/jwks")
    #expect(throws: IssuerDocument.Fault.endpoint) {
      try document(#","end_session_endpoint":"http://id.example.org/""#, issuer: issuer)
    }
  }

  @Test func withoutAChallengeThereIsNoWay() {
    #expect(throws: IssuerDocument.Fault.noChallenge) {
      try document(#","code_challenge_methods_supported":["plain"]"#)
    }
  }
}
