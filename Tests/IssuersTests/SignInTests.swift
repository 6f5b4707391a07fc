import Configuration
import GatewayTesting
import HTTPFields
import JSONWebToken
import Testing

@testable import Issuers

@Suite("A code for tokens") struct CodeExchangeTests {
  static let request = SignInRequest(
    state: "st&te", nonce: "nonce", verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    redirectURL: "https://chat.example.org/cb")

  static func settings() throws -> IssuerSettings {
    try #require(
      IssuerSettings("issuer=https://id.example.org,client_id=the gateway".replacing(" ", with: "+")))
  }

  /// RFC 7636, appendix B.
  @Test func aBrowserSeesTheChallengeAlone() throws {
    let url = try #require(Self.request.url(try document(), try Self.settings()))
    #expect(
      url == """
        https://id.example.org/auth?response_type=code&client_id=the%2Bgateway&redirect_uri=https%3A%2F%2Fchat.example.org%2Fcb\
        &scope=openid%20profile%20email&state=st%26te&nonce=nonce\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256
        """)
    #expect(!url.contains(Self.request.verifier))
  }

  @Test func theSecretGoesInAFieldOrInTheBody() throws {
    let exchange = try #require(CodeExchange(code: "c/d", of: Self.request))
    let secret = IssuerSecret("s:ecret%")
    let form = """
      grant_type=authorization_code&code=c%2Fd&redirect_uri=https%3A%2F%2Fchat.example.org%2Fcb\
      &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
      """
    let basic = exchange.message(to: try document(), try Self.settings(), secret: secret)
    #expect(String(decoding: basic.body, as: UTF8.self) == form)
    // "the%2Bgateway:s%3Aecret%25"
    #expect(basic.fields.first("authorization") == "Basic dGhlJTJCZ2F0ZXdheTpzJTNBZWNyZXQlMjU=")
    let post = exchange.message(
      to: try document(#","token_endpoint_auth_methods_supported":["client_secret_post"]"#),
      try Self.settings(),
      secret: secret)
    #expect(
      String(decoding: post.body, as: UTF8.self)
        == form + "&client_id=the%2Bgateway&client_secret=s%3Aecret%25")
    #expect(post.fields.first("authorization") == nil)
    let open = exchange.message(to: try document(), try Self.settings(), secret: nil)
    #expect(String(decoding: open.body, as: UTF8.self) == form + "&client_id=the%2Bgateway")
    #expect(open.fields.first("authorization") == nil)
  }

  @Test(arguments: ["", "a b", "a\n", "ä", String(repeating: "c", count: 2049)])
  func whatIsNoCodeIsNone(_ code: String) { #expect(CodeExchange(code: code, of: Self.request) == nil) }

  private static func failure(_ status: Int, _ text: String) -> IssuerFailure? {
    do throws(IssuerFailure) {
      _ = try CodeExchange.tokens(of: status, Array(text.utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    (400, #"{"error":"invalid_grant","error_description":"MARKED"}"#, IssuerFailure.refused("invalid_grant")),
    (401, #"{"error":"invalid_client"}"#, .refused("invalid_client")), (400, #"{"error":"a b"}"#, .malformed),
    (400, #"{"error":1}"#, .malformed), (400, "<html>", .malformed), (302, "", .malformed), (500, "", .away),
    (503, #"{"error":"x"}"#, .away), (200, "", .malformed), (200, "[]", .malformed), (200, "{}", .malformed),
    (200, #"{"token_type":"mac","id_token":"a.b.c"}"#, .malformed),
    (200, #"{"token_type":"Bearer"}"#, .malformed),
    (200, #"{"token_type":"Bearer","id_token":"a.b.c"}"#, .token(.malformed)),
    (200, #"{"token_type":"Bearer","id_token":"a","id_token":"b"}"#, .malformed),
  ])
  func otherResponses(_ status: Int, _ text: String, _ expected: IssuerFailure) {
    #expect(Self.failure(status, text) == expected)
    #expect(!expected.sentence.contains("MARKED"))
  }

  @Test func tokensAreRead() throws {
    let text = TestTokenKey.p256.token(#"{"iss":"x","sub":"y"}"#)
    let tokens = try CodeExchange.tokens(
      of: 200,
      Array(#"{"access_token":"at","token_type":"bearer","expires_in":300,"id_token":"\#(text)"}"#.utf8))
    #expect(tokens.identityText == text)
    #expect(tokens.accessToken == "at")
    #expect(tokens.identityToken.claims.subject == "y")
  }

  @Test func secretsAreNotPrinted() throws {
    let exchange = try #require(CodeExchange(code: "MARKED-CODE", of: Self.request))
    var dumped = ""
    dump(exchange, to: &dumped)
    dump(Self.request, to: &dumped)
    for text in ["\(exchange) \(Self.request)", String(reflecting: exchange), dumped] {
      #expect(!text.contains("MARKED") && !text.contains("dBjft") && !text.contains("nonce\""))
    }
  }
}

@Suite("An id_token") struct IdentityRuleTests {
  private static let now: Int64 = 1_800_000_000

  private static func fault(
    _ claims: String, by key: TestTokenKey = .p256, type: String = "JWT", accessToken: String? = nil
  ) throws -> TokenFault? {
    let settings = try #require(IssuerSettings("issuer=https://id,client_id=g,audience=api"))
    let keys = try #require(
      KeySet(Array(#"{"keys":[\#(TestTokenKey.p256.jwk),\#(TestTokenKey.ed25519.jwk)]}"#.utf8)))
    let header = #"{"alg":"\#(key.algorithm)","kid":"\#(key.id)","typ":"\#(type)"}"#
    let token = try TokenText(key.token(claims, header: header))
    do throws(TokenFault) {
      try IdentityRule(settings, nonce: "n-1", accessToken: accessToken).check(token, by: keys, at: now)
      return nil
    } catch {
      return error
    }
  }

  private static func claims(
    iss: String = "https://id", aud: String = #""g""#, exp: String = "1800000300", nonce: String? = #""n-1""#,
    more: String = ""
  ) -> String {
    let nonce = nonce.map { #","nonce":\#($0)"# } ?? ""
    return #"{"iss":"\#(iss)","sub":"s","aud":\#(aud),"exp":\#(exp)\#(nonce)\#(more)}"#
  }

  @Test func goodOnesAre() throws {
    #expect(try Self.fault(Self.claims()) == nil)
    #expect(try Self.fault(Self.claims(), by: .ed25519) == nil)
    #expect(try Self.fault(Self.claims(more: #","azp":"g""#)) == nil)
    #expect(try Self.fault(Self.claims(aud: #"["x","g"]"#, more: #","azp":"g""#)) == nil)
  }

  @Test(arguments: [nil, #""n-2""#, #""n-1 ""#, #""""#, "1", #"["n-1"]"#])
  func anotherNonceIsAnotherSignIn(_ nonce: String?) throws {
    #expect(try Self.fault(Self.claims(nonce: nonce)) == .otherNonce)
  }

  @Test func theClientIsTheAudience() throws {
    // That of bearer tokens is none of an id_token's.
    #expect(try Self.fault(Self.claims(aud: #""api""#)) == .otherAudience)
    #expect(try Self.fault(Self.claims(aud: #"["x","g"]"#)) == .otherAudience)
    #expect(try Self.fault(Self.claims(more: #","azp":"x""#)) == .otherAudience)
    #expect(try Self.fault(Self.claims(more: #","azp":null"#)) == .otherAudience)
    #expect(try Self.fault(Self.claims(aud: #"["x","g"]"#, more: #","azp":"x""#)) == .otherAudience)
  }

  @Test func allElseIsLookedAt() throws {
    #expect(try Self.fault(Self.claims(iss: "https://evil")) == .otherIssuer)
    #expect(try Self.fault(Self.claims(exp: "1")) == .expired)
    #expect(try Self.fault(Self.claims(), type: "at+jwt") == .otherType)
    #expect(try Self.fault(Self.claims(), by: TestTokenKey(.p256, id: "ec-1")) == .signature)
    #expect(try Self.fault(Self.claims(), by: TestTokenKey(.p256, id: "ec-2")) == .unknownKey)
    #expect(try Self.fault(Self.claims(), by: .rsa) == .unknownKey)
  }

  /// OpenID Connect Core 1.0, appendix A.3: its access token, and its mark.
  @Test func theAccessTokenIsTheOneThatCameAlong() throws {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    let more = #","at_hash":"77QmUPtjPfzWtF2AnpK9RQ""#
    #expect(try Self.fault(Self.claims(more: more), accessToken: token) == nil)
    #expect(try Self.fault(Self.claims(more: more), accessToken: token + "x") == .otherAccessToken)
    #expect(try Self.fault(Self.claims(more: more)) == .otherAccessToken)
    #expect(try Self.fault(Self.claims(more: more), by: .ed25519, accessToken: token) == .otherAccessToken)
    #expect(try Self.fault(Self.claims(more: #","at_hash":1"#), accessToken: token) == .otherAccessToken)
    #expect(try Self.fault(Self.claims(more: #","at_hash":"""#), accessToken: token) == .otherAccessToken)
  }
}
