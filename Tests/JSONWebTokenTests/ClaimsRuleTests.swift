import GatewayTesting
import Testing

@testable import JSONWebToken

@Suite("The rule of claims") struct ClaimsRuleTests {
  private static let now: Int64 = 1_800_000_000
  private static let rule = ClaimsRule(issuer: "https://issuer/", audiences: ["gateway", "other"])

  private static func fault(_ claims: String, type: String = "JWT", rule: ClaimsRule = rule) throws
    -> TokenFault?
  {
    let header = type.isEmpty ? #"{"alg":"EdDSA"}"# : #"{"alg":"EdDSA","typ":"\#(type)"}"#
    let token = try TokenText(TestTokenKey.ed25519.token(claims, header: header))
    do throws(TokenFault) {
      try rule.check(token, at: now)
      return nil
    } catch {
      return error
    }
  }

  private static func claims(
    iss: String? = #""https://issuer/""#, sub: String? = #""s""#, aud: String? = #""gateway""#,
    exp: String? = "1800000600", more: String = ""
  ) -> String {
    let members = [("iss", iss), ("sub", sub), ("aud", aud), ("exp", exp)].compactMap { name, value in
      value.map { #""\#(name)":\#($0)"# }
    }
    return "{" + members.joined(separator: ",") + more + "}"
  }

  @Test func goodOnesAreLetIn() throws {
    #expect(try Self.fault(Self.claims()) == nil)
    #expect(try Self.fault(Self.claims(aud: #"["x","other"]"#)) == nil)
    #expect(try Self.fault(Self.claims(more: #","nbf":1800000000,"iat":1800000000"#)) == nil)
    for type in ["", "jwt", "JWT", "at+jwt", "application/at+JWT"] {
      #expect(try Self.fault(Self.claims(), type: type) == nil)
    }
  }

  @Test(arguments: [
    nil, #""https://issuer""#, #""https://issuer//""#, #""HTTPS://issuer/""#, #""https://evil/""#, #""joe""#,
    #""https://issuer/\u200b""#,
  ])
  func otherIssuers(_ issuer: String?) throws {
    #expect(try Self.fault(Self.claims(iss: issuer)) == .otherIssuer)
  }

  /// "é" in its two spellings is two issuers.
  @Test func issuersAreComparedByBytes() throws {
    let rule = ClaimsRule(issuer: "https://caf\u{e9}/", audiences: ["gateway"])
    #expect(try Self.fault(Self.claims(iss: "\"https://cafe\u{301}/\""), rule: rule) == .otherIssuer)
    #expect(try Self.fault(Self.claims(iss: "\"https://caf\u{e9}/\""), rule: rule) == nil)
  }

  @Test(arguments: [nil, #""gatewa""#, #""gateway2""#, "[]", #"["x"]"#, #""Gateway""#, #""""#])
  func otherAudiences(_ audience: String?) throws {
    #expect(try Self.fault(Self.claims(aud: audience)) == .otherAudience)
  }

  @Test func withoutAnAudienceOfOursNobodyIsLetIn() throws {
    let rule = ClaimsRule(issuer: "https://issuer/", audiences: [])
    #expect(try Self.fault(Self.claims(), rule: rule) == .otherAudience)
  }

  @Test func namesAndTimesMustBeThere() throws {
    #expect(try Self.fault(Self.claims(sub: nil)) == .noSubject)
    #expect(try Self.fault(Self.claims(exp: nil)) == .noExpiry)
  }

  /// To the second, with a minute for clocks that differ.
  @Test(arguments: [
    ("1800000000", nil), ("1799999941", nil), ("1799999940", TokenFault.expired), ("1799999940.9", .expired),
    ("0", .expired), ("253402300799", nil),
  ])
  func expiry(_ time: String, _ fault: TokenFault?) throws {
    #expect(try Self.fault(Self.claims(exp: time)) == fault)
  }

  @Test(
    arguments: ["nbf", "iat"],
    [
      ("1800000060", nil), ("1800000061", TokenFault.notYetValid), ("1800000060.5", nil),
      ("253402300799", .notYetValid), ("0", nil),
    ])
  func beginnings(_ name: String, _ row: (time: String, fault: TokenFault?)) throws {
    #expect(try Self.fault(Self.claims(more: #","\#(name)":\#(row.time)"#)) == row.fault)
  }

  /// What the same issuer signs for other uses is no credential.
  @Test(arguments: ["logout+jwt", "secevent+jwt", "dpop+jwt", "JWE", "application/jwt2", "at+jwt2"])
  func otherTypes(_ type: String) throws {
    #expect(try Self.fault(Self.claims(), type: type) == .otherType)
  }

  @Test func anAccessTokenIsNoIdentity() throws {
    let rule = ClaimsRule(issuer: "https://issuer/", audiences: ["gateway"], types: ClaimsRule.identityTypes)
    #expect(try Self.fault(Self.claims(), type: "at+jwt", rule: rule) == .otherType)
    #expect(try Self.fault(Self.claims(), rule: rule) == nil)
  }

  @Test func faultsAreSentences() {
    for fault in TokenFault.allCases {
      #expect(!fault.sentence.isEmpty && !fault.sentence.hasSuffix("."))
    }
  }
}
