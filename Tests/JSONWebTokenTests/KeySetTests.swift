import Bytes
import GatewayTesting
import Testing

@testable import JSONWebToken

@Suite("Keys of issuers") struct KeySetTests {
  private static let all = Set(TokenAlgorithm.allCases)
  private static let claims = #"{"iss":"https://issuer","sub":"b","aud":"c","exp":2000000000}"#

  private static func set(_ keys: String...) throws -> KeySet {
    try #require(KeySet(Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8)))
  }

  private static func fault(
    _ text: String, _ keys: KeySet, _ algorithms: Set<TokenAlgorithm> = all
  ) throws -> TokenFault? {
    let token = try TokenText(text)
    do throws(TokenFault) {
      try keys.verify(token, by: algorithms)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [TestTokenKey.rsa, .p256, .ed25519])
  func whatAKeyHasSignedIsKnown(_ key: TestTokenKey) throws {
    let keys = try Self.set(TestTokenKey.rsa.jwk, TestTokenKey.p256.jwk, TestTokenKey.ed25519.jwk)
    #expect(keys.count == 3)
    let text = key.token(Self.claims)
    #expect(try Self.fault(text, keys) == nil)
    // Each byte of the signature counts, and each of what is signed.
    let token = try TokenText(text)
    let parts = text.split(separator: ".").map(String.init)
    for place in stride(from: 0, to: token.signature.count, by: 7) {
      var signature = token.signature
      signature[place] ^= 0x10
      let other = "\(parts[0]).\(parts[1]).\(Base64URL.text(of: signature))"
      #expect(try Self.fault(other, keys) == .signature)
    }
    let changed = Base64URL.text(of: Self.claims.replacing(#""b""#, with: #""a""#).utf8)
    #expect(try Self.fault("\(parts[0]).\(changed).\(parts[2])", keys) == .signature)
  }

  @Test(arguments: [TestTokenKey.rsa, .p256, .ed25519])
  func signaturesOfOtherLengthsAreNone(_ key: TestTokenKey) throws {
    let keys = try Self.set(key.jwk)
    let text = key.token(Self.claims)
    let signature = try TokenText(text).signature
    let signed = text.split(separator: ".").prefix(2).joined(separator: ".")
    let der = PublicKey.der(ofHalves: signature) ?? []
    for other in [
      [], [0], Array(signature.dropLast()), Array(signature.dropFirst()), signature + [0], [0] + signature,
      signature + signature, der, [UInt8](repeating: 0, count: signature.count),
      [UInt8](repeating: 0xFF, count: signature.count),
    ] where other != signature {
      #expect(try Self.fault("\(signed).\(Base64URL.text(of: other))", keys) == .signature, "\(other.count)")
    }
  }

  /// Numbers of ECDSA at all bounds have their DER.
  @Test func theNumbersOfECDSAAreWrittenAsDER() {
    func der(_ r: [UInt8], _ s: [UInt8]) -> [UInt8]? {
      PublicKey.der(
        ofHalves: [UInt8](repeating: 0, count: 32 - r.count) + r + [UInt8](repeating: 0, count: 32 - s.count)
          + s)
    }
    #expect(der([], []) == [0x30, 6, 2, 1, 0, 2, 1, 0])
    #expect(der([1], [0x7F]) == [0x30, 6, 2, 1, 1, 2, 1, 0x7F])
    #expect(der([0x80], [1, 0]) == [0x30, 8, 2, 2, 0, 0x80, 2, 2, 1, 0])
    let ones = [UInt8](repeating: 0xFF, count: 32)
    #expect(der(ones, ones) == [0x30, 70, 2, 33, 0] + ones + [2, 33, 0] + ones)
    for count in [0, 1, 63, 65, 1024] {
      #expect(PublicKey.der(ofHalves: [UInt8](repeating: 1, count: count)) == nil)
    }
  }

  @Test(arguments: [
    "none", "None", "NONE", "nOnE", "HS256", "HS384", "RS512", "PS256", "ES384", "rs256", "RS256 ", "",
  ])
  func otherAlgorithmsAreRefused(_ algorithm: String) throws {
    let keys = try Self.set(TestTokenKey.rsa.jwk)
    let header = #"{"alg":"\#(algorithm)","kid":"rsa-1"}"#
    #expect(try Self.fault(TestTokenKey.rsa.token(Self.claims, header: header), keys) == .algorithm)
    let unsigned = [header, Self.claims].map { Base64URL.text(of: $0.utf8) }.joined(separator: ".") + "."
    #expect(try Self.fault(unsigned, keys) == .algorithm)
  }

  /// The public key is known to everybody: as a secret of HS256 it signs nothing, in whatever form it is taken.
  @Test func aPublicKeyIsNoSecret() throws {
    let keys = try Self.set(TestTokenKey.rsa.jwk)
    for secret in [
      TestTokenKey.rsa.jwk, TestTokenKey.rsa.jwkMembers, #"{"keys":[\#(TestTokenKey.rsa.jwk)]}"#,
    ] {
      let tokens = try #require(OwnTokens(secret: Array(secret.utf8)))
      let own = OwnToken(
        kind: .access, subject: "b", userID: 1, issuedAt: 0, expiresAt: 2_000_000_000, id: "x", generation: 0)
      let text = try #require(tokens.sign(own))
      #expect(try Self.fault(text, keys) == .algorithm)
      // Nor does it help to say that it is another's.
      let parts = text.split(separator: ".")
      let header = Base64URL.text(of: #"{"alg":"RS256","kid":"rsa-1"}"#.utf8)
      #expect(try Self.fault("\(header).\(parts[1]).\(parts[2])", keys) == .signature)
    }
  }

  @Test func onlyAlgorithmsThatAreLetInCount() throws {
    let keys = try Self.set(TestTokenKey.rsa.jwk, TestTokenKey.p256.jwk)
    let text = TestTokenKey.p256.token(Self.claims)
    #expect(try Self.fault(text, keys, [.rs256, .edDSA]) == .algorithm)
    #expect(try Self.fault(text, keys, []) == .algorithm)
    #expect(try Self.fault(text, keys, [.es256]) == nil)
  }

  /// A key is used by its own algorithm, whatever the token says.
  @Test func aKeyOfAnotherKindIsUnknown() throws {
    let keys = try Self.set(TestTokenKey.rsa.jwk)
    for algorithm in ["ES256", "EdDSA"] {
      let text = TestTokenKey.rsa.token(Self.claims, header: #"{"alg":"\#(algorithm)","kid":"rsa-1"}"#)
      #expect(try Self.fault(text, keys) == .unknownKey)
    }
  }

  @Test func keysAreKnownByTheirIDs() throws {
    let (one, two) = (TestTokenKey(.ed25519, id: "one"), TestTokenKey(.ed25519, id: "two"))
    let keys = try Self.set(one.jwk, two.jwk)
    func header(_ id: String?) -> String {
      id.map { #"{"alg":"EdDSA","kid":"\#($0)"}"# } ?? #"{"alg":"EdDSA"}"#
    }
    #expect(try Self.fault(two.token(Self.claims, header: header("two")), keys) == nil)
    #expect(try Self.fault(two.token(Self.claims, header: header("one")), keys) == .signature)
    #expect(try Self.fault(two.token(Self.claims, header: header("three")), keys) == .unknownKey)
    #expect(try Self.fault(two.token(Self.claims, header: header("")), keys) == .unknownKey)
    // Two texts that Swift takes for the same.
    let composed = try Self.set(#"{\#(one.jwkMembers),"kid":"e\u0301"}"#)
    #expect(try Self.fault(one.token(Self.claims, header: header("\u{e9}")), composed) == .unknownKey)
    // Without an id each is tried.
    #expect(try Self.fault(two.token(Self.claims, header: header(nil)), keys) == nil)
    let third = TestTokenKey(.ed25519, id: "three")
    #expect(try Self.fault(third.token(Self.claims, header: header(nil)), keys) == .unknownKey)
    // Two keys of one id: both are tried.
    let doubled = try Self.set(#"{\#(one.jwkMembers),"kid":"x"}"#, #"{\#(two.jwkMembers),"kid":"x"}"#)
    #expect(try Self.fault(two.token(Self.claims, header: header("x")), doubled) == nil)
    // But not any number of them.
    let many = (0..<20).map { _ in #"{\#(one.jwkMembers)}"# } + [#"{\#(two.jwkMembers)}"#]
    let crowd = try #require(KeySet(Array(#"{"keys":[\#(many.joined(separator: ","))]}"#.utf8)))
    #expect(try Self.fault(two.token(Self.claims, header: header(nil)), crowd) == .unknownKey)
  }

  /// Keys that are of no use are left out, and the others are used.
  @Test(arguments: [
    // For other things, or of another kind.
    #"{\#(TestTokenKey.p256.jwkMembers),"use":"enc"}"#, #"{\#(TestTokenKey.p256.jwkMembers),"use":1}"#,
    #"{\#(TestTokenKey.p256.jwkMembers),"use":"SIG"}"#,
    #"{\#(TestTokenKey.p256.jwkMembers),"key_ops":["sign","encrypt"]}"#,
    #"{\#(TestTokenKey.p256.jwkMembers),"key_ops":1}"#,
    #"{\#(TestTokenKey.p256.jwkMembers),"alg":"ES384"}"#,
    #"{\#(TestTokenKey.p256.jwkMembers),"alg":"HS256"}"#,
    #"{\#(TestTokenKey.p256.jwkMembers),"alg":null}"#, #"{\#(TestTokenKey.rsa.jwkMembers),"alg":"PS256"}"#,
    #"{\#(TestTokenKey.rsa.jwkMembers),"alg":"ES256"}"#,
    #"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
    #"{"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"}"#, #"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#,
    #"{"kty":"OKP","crv":"Ed448","x":"AAAA"}"#, #"{"kty":"XX"}"#, "{}", "1", "null", #""x""#, "[]",
    // With its private half, which then is everybody's.
    #"{\#(TestTokenKey.p256.jwkMembers),"d":"AAAA"}"#,
    // Malformed in itself.
    #"{\#(TestTokenKey.p256.jwkMembers),"kid":1}"#,
    #"{\#(TestTokenKey.p256.jwkMembers),"kid":"\#(String(repeating: "k", count: 257))"}"#,
    // Sizes that are none.
    #"{"kty":"OKP","crv":"Ed25519","x":"\#(text(bytes: 31))"}"#,
    #"{"kty":"OKP","crv":"Ed25519","x":"\#(text(bytes: 33))"}"#,
    #"{"kty":"OKP","crv":"Ed25519","x":""}"#, #"{"kty":"OKP","crv":"Ed25519"}"#,
    #"{"kty":"OKP","crv":"Ed25519","x":"\#(text(bytes: 32))="}"#,
    #"{"kty":"EC","crv":"P-256","x":"\#(text(bytes: 31))","y":"\#(text(bytes: 32))"}"#,
    #"{"kty":"EC","crv":"P-256","x":"\#(text(bytes: 33))","y":"\#(text(bytes: 32))"}"#,
    #"{"kty":"EC","crv":"P-256","x":"\#(text(bytes: 32))"}"#,
    // Not on the curve, and the point at infinity's digits.
    #"{"kty":"EC","crv":"P-256","x":"\#(text(bytes: 32))","y":"\#(text(bytes: 32))"}"#,
    #"{"kty":"EC","crv":"P-256","x":"\#(text(bytes: 32, of: 0))","y":"\#(text(bytes: 32, of: 0))"}"#,
    // RSA of 1,024 bits, of one bit less than 2,048, of more than 8,192, even, without or with other exponents.
    TestTokenKey(.rsa(bits: 1024), id: "small").jwk,
    #"{"kty":"RSA","n":"\#(Base64URL.text(of: [0x7F] + [UInt8](repeating: 0xFF, count: 255)))","e":"AQAB"}"#,
    #"{"kty":"RSA","n":"\#(text(bytes: 1025, of: 0xFF))","e":"AQAB"}"#,
    #"{"kty":"RSA","n":"\#(text(bytes: 100_000, of: 0xFF))","e":"AQAB"}"#,
    #"{"kty":"RSA","n":"\#(Base64URL.text(of: [UInt8](repeating: 0xFF, count: 255) + [0xFE]))","e":"AQAB"}"#,
    #"{"kty":"RSA","n":"\#(text(bytes: 256, of: 0xFF))"}"#, #"{"kty":"RSA","n":"","e":"AQAB"}"#,
    #"{"kty":"RSA","n":"\#(text(bytes: 256, of: 0xFF))","e":""}"#,
    #"{"kty":"RSA","n":"\#(text(bytes: 256, of: 0xFF))","e":"AQ"}"#,
    #"{"kty":"RSA","n":"\#(text(bytes: 256, of: 0xFF))","e":"AQAA"}"#,
    #"{"kty":"RSA","n":"\#(text(bytes: 256, of: 0xFF))","e":"\#(text(bytes: 256, of: 0xFF))"}"#,
    #"{"kty":"RSA","n":"\#(text(bytes: 256, of: 0))","e":"AQAB"}"#,
  ])
  func keysOfNoUseAreLeftOut(_ key: String) throws {
    let keys = try Self.set(key, TestTokenKey.ed25519.jwk)
    #expect(keys.count == 1)
    #expect(try Self.fault(TestTokenKey.ed25519.token(Self.claims), keys) == nil)
  }

  @Test(arguments: [
    "", "{}", "[]", "null", #"{"keys":{}}"#, #"{"keys":null}"#, #"{"keys":[],"keys":[]}"#, #"{"keys":[]"#,
    #"{"keys":[]}x"#, "<html>", #"{"keys":[{"kid":"a","kid":"b"}]}"#,
    #"{"keys":[\#([String](repeating: "{}", count: 101).joined(separator: ","))]}"#,
  ])
  func whatIsNoSetIsNone(_ document: String) {
    #expect(KeySet(Array(document.utf8)) == nil)
  }

  @Test func documentsAreBounded() throws {
    // Ten megabytes are refused before they are looked at.
    #expect(KeySet([UInt8](repeating: UInt8(ascii: " "), count: 10 << 20)) == nil)
    let padded = { (count: Int) in
      let rest = #"{"keys":[\#(TestTokenKey.ed25519.jwk)]}"#
      return Array((rest + String(repeating: " ", count: count - rest.utf8.count)).utf8)
    }
    #expect(KeySet(padded(KeySet.longestDocument))?.count == 1)
    #expect(KeySet(padded(KeySet.longestDocument + 1)) == nil)
    let hundred = [String](repeating: TestTokenKey.ed25519.jwk, count: 100).joined(separator: ",")
    #expect(KeySet(Array(#"{"keys":[\#(hundred)]}"#.utf8))?.count == 100)
    #expect(try Self.set().count == 0)
    #expect(try Self.fault(TestTokenKey.ed25519.token(Self.claims), Self.set()) == .unknownKey)
  }
}

/// So many bytes in base 64 for URLs.
private func text(bytes count: Int, of byte: UInt8 = 5) -> String {
  Base64URL.text(of: [UInt8](repeating: byte, count: count))
}
