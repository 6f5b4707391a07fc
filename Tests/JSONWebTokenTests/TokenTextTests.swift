import Bytes
import GatewayTesting
import Testing

@testable import JSONWebToken

/// What a token's text may be, before anybody looks at its signature.
@Suite("The text of tokens") struct TokenTextTests {
  private static func token(header: String = #"{"alg":"EdDSA"}"#, claims: String) -> String {
    [header, claims].map { Base64URL.text(of: $0.utf8) }.joined(separator: ".") + ".AAAA"
  }

  private static func fault(_ text: String) -> TokenFault? {
    do throws(TokenFault) {
      _ = try TokenText(text)
      return nil
    } catch {
      return error
    }
  }

  @Test func aTokenIsTakenApart() throws {
    let token = try TokenText(
      Self.token(
        header:
          #"{"alg":"ES256","kid":"1","typ":"application/AT+JWT","jwk":{"kty":"oct"},"jku":"https://evil/"}"#,
        claims: """
          {"iss":"https://issuer","sub":"248289761001","aud":["a","b"],"exp":1300819380.9,"nbf":1e9,"iat":1000000000,
           "jti":"x","groups":["x","\\u00e9"],"realm_access":{"roles":["r"]},"https://example.com/team":"t","n":-5}
          """))
    #expect(token.header.algorithm == "ES256")
    #expect(token.header.keyID == "1")
    #expect(token.header.type == "at+jwt")
    let claims = token.claims
    #expect(claims.issuer == "https://issuer")
    #expect(claims.subject == "248289761001")
    #expect(claims.audiences == ["a", "b"])
    #expect(claims.expiresAt == 1_300_819_380)
    #expect(claims.notBefore == 1_000_000_000)
    #expect(claims.issuedAt == 1_000_000_000)
    #expect(claims.id == "x")
    #expect(claims.texts(at: "groups") == ["x", "é"])
    #expect(claims.texts(at: "realm_access.roles") == ["r"])
    #expect(claims.texts(at: "https://example.com/team") == ["t"])
    #expect(claims.texts(at: "realm_access.none") == nil)
    #expect(claims.texts(at: "groups.x") == nil)
    #expect(claims.texts(at: "") == nil)
    #expect(claims.integer("n") == -5)
    #expect(claims.text("n") == nil)
  }

  @Test(arguments: [
    "", ".", "..", "...", "a.b", "a.b.c", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIn0.e30", "e30.e30.",
    "eyJhbGciOiJub25lIn0.e30.AAAA.AAAA", "eyJhbGciOiJub25lIn0.e30.AAAA.AAAA.AAAA", ".e30.AAAA",
    "eyJhbGciOiJub25lIn0..AAAA",
    // Padding, the other alphabet, white space, bits behind the last byte, in each of the parts.
    "eyJhbGciOiJub25lIn0=.e30.AAAA", "eyJhbGciOiJub25lIn0.e30=.AAAA", "eyJhbGciOiJub25lIn0.e30.AA==",
    "eyJhbGciOiJub25lIn0.e30.AA+/", " eyJhbGciOiJub25lIn0.e30.AAAA", "eyJhbGciOiJub25lIn0.e30.AAAA\n",
    "eyJhbGciOiJub25lIn1.e30.AAAA", "eyJhbGciOiJub25lIn0.e31.AAAA", "eyJhbGciOiJub25lIn0.e30.AB",
    // No JSON in it, and none that is an object.
    "AAAA.e30.AAAA", "eyJhbGciOiJub25lIn0.W10.AAAA", "eyJhbGciOiJub25lIn0.bnVsbA.AAAA",
    // A signature over any that there is.
    "eyJhbGciOiJub25lIn0.e30." + String(repeating: "AAAA", count: 400),
  ])
  func anythingElseIsMalformed(_ text: String) {
    #expect(Self.fault(text) == .malformed)
  }

  @Test(arguments: [
    // Twice the same, also where one is escaped, and deep inside.
    #"{"iss":"a","iss":"b"}"#, #"{"iss":"a","is\u0073":"b"}"#, #"{"x":{"a":1,"a":2}}"#,
    #"{"x":[{"y":[{"a":1,"\u0061":2}]}]}"#,
    // What another reader would stop at, skip or repair.
    #"{"iss":"a"}{"iss":"b"}"#, #"{"iss":"a"} x"#, "{\"iss\":\"a\"}\0", #"{"iss":"a",}"#, #"{'iss':'a'}"#,
    #"{"iss":"a"/**/}"#, #"{"exp":01}"#, #"{"exp":NaN}"#, #"{"exp":+1}"#, #"{"exp":.5}"#,
    "{\"iss\":\"a\nb\"}",
    // Half characters, which readers make different things of.
    #"{"sub":"\ud800"}"#, #"{"sub":"\udc00\ud800"}"#, #"{"sub":"\ud800\u0041"}"#, #"{"\ud800":1}"#,
    #"{"x":["\udfff"]}"#, #"{"x":{"y":"\ud800x"}}"#,
    // Too deep.
    #"{"x":"# + String(repeating: "[", count: 17) + String(repeating: "]", count: 17) + "}",
    String(repeating: #"{"x":"#, count: 18) + "1" + String(repeating: "}", count: 18),
  ])
  func jsonThatTwoReadersUnderstandInTwoWaysIsMalformed(_ claims: String) {
    #expect(Self.fault(Self.token(claims: claims)) == .malformed)
    if claims.contains("iss") {
      let header = claims.replacing("iss", with: "alg").replacing(#"is\u0073"#, with: #"al\u0067"#)
      #expect(Self.fault(Self.token(header: header, claims: "{}")) == .malformed)
    }
  }

  @Test func bytesThatAreNoTextAreMalformed() {
    let claims: [UInt8] = Array(#"{"sub":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
    #expect(
      Self.fault(
        Base64URL.text(of: #"{"alg":"EdDSA"}"#.utf8) + "." + Base64URL.text(of: claims) + ".AAAA")
        == .malformed)
  }

  @Test(arguments: [
    #"{"alg":"EdDSA","crit":["exp"]}"#, #"{"alg":"EdDSA","crit":[]}"#, #"{"crit":null}"#,
    #"{"alg":"EdDSA","crit":["b64"],"b64":false}"#,
  ])
  func extensionsAreRefused(_ header: String) {
    #expect(Self.fault(Self.token(header: header, claims: "{}")) == .criticalExtension)
  }

  @Test(arguments: [
    "{}", #"{"alg":null}"#, #"{"alg":["EdDSA"]}"#, #"{"alg":1}"#, #"{"alg":"EdDSA","kid":1}"#,
    #"{"alg":"EdDSA","typ":{}}"#, #"{"alg":"EdDSA","kid":"\#(String(repeating: "k", count: 257))"}"#,
    #"{"alg":"\#(String(repeating: "k", count: 65))"}"#, #"{"ALG":"EdDSA"}"#,
  ])
  func headersWithoutAnAlgorithmOrOfOtherKindsAreMalformed(_ header: String) {
    #expect(Self.fault(Self.token(header: header, claims: "{}")) == .malformed)
  }

  @Test(arguments: [
    // Numbers beyond all times, and what is none.
    #"{"exp":1e400}"#, #"{"exp":9223372036854775808}"#, #"{"exp":-9223372036854775809}"#, #"{"exp":1e19}"#,
    #"{"exp":253402300800}"#, #"{"exp":-1}"#, #"{"exp":"1300819380"}"#, #"{"exp":null}"#, #"{"exp":true}"#,
    #"{"exp":[1300819380]}"#, #"{"nbf":1e300}"#, #"{"iat":99999999999999999999999999}"#,
    #"{"exp":1\#(String(repeating: "0", count: 5000))}"#,
    // Names of other kinds or lengths.
    #"{"iss":1}"#, #"{"iss":""}"#, #"{"iss":"\#(String(repeating: "i", count: 2049))"}"#, #"{"sub":""}"#,
    #"{"sub":null}"#, #"{"sub":["a"]}"#, #"{"sub":"\#(String(repeating: "s", count: 256))"}"#,
    #"{"sub":"a\u0000b"}"#, #"{"sub":"a\nb"}"#, #"{"sub":"a\u0085b"}"#, #"{"aud":1}"#, #"{"aud":["a",1]}"#,
    #"{"aud":{"a":1}}"#, #"{"aud":null}"#, #"{"jti":1}"#,
  ])
  func claimsOfOtherKindsAreRefused(_ claims: String) {
    #expect(Self.fault(Self.token(claims: claims)) == .claims)
  }

  @Test func sizesAreBounded() throws {
    // A token of a megabyte is refused before it is looked at.
    #expect(Self.fault(String(repeating: "a", count: 1 << 20)) == .tooLong)
    let large = Self.token(claims: #"{"x":"\#(String(repeating: "x", count: 12_000))"}"#)
    #expect(large.utf8.count <= TokenText.longest)
    #expect(Self.fault(large) == nil)
    let larger = Self.token(claims: #"{"x":"\#(String(repeating: "x", count: 12_300))"}"#)
    #expect(Self.fault(larger) == .tooLong)
    let header = #"{"alg":"EdDSA","x":"\#(String(repeating: "x", count: 4_060))"}"#
    #expect(Self.fault(Self.token(header: header, claims: "{}")) == nil)
    let longer = #"{"alg":"EdDSA","x":"\#(String(repeating: "x", count: 4_100))"}"#
    #expect(Self.fault(Self.token(header: longer, claims: "{}")) == .malformed)
    let members = (0..<513).map { #""\#($0)":1"# }.joined(separator: ",")
    #expect(Self.fault(Self.token(claims: "{\(members)}")) == .malformed)
  }

  @Test func formsAreToldWithoutReading() {
    func isForm(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes(TokenText.isForm) }
    #expect(isForm("eyJhbGciOiJub25lIn0.e30.AA-_"))
    #expect(isForm("eyJhbGciOiJub25lIn0.e30."))
    #expect(!isForm("og_abc.def"))
    #expect(!isForm("a.b.c.d"))
    #expect(!isForm(".b.c"))
    #expect(!isForm("a.b.c="))
    #expect(!isForm(""))
  }

  /// Whatever is cut, changed or doubled: it is read or refused, and nothing else happens.
  @Test func hostileBytesEndNothing() {
    let good = Array(
      TestTokenKey.p256.token(#"{"iss":"a","sub":"b","aud":["c"],"exp":1,"x":{"y":[1,"\u00e9"]}}"#).utf8)
    var generator = SplitMix(state: 7)
    for round in 0..<20_000 {
      var bytes = good
      for _ in 0...(round % 4) {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.removeLast(Int.random(in: 0...bytes.count / 2, using: &generator))
        case 1 where !bytes.isEmpty:
          bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
            in: 0...255, using: &generator)
        case 2:
          bytes.insert(
            UInt8.random(in: 45...122, using: &generator),
            at: Int.random(in: 0...bytes.count, using: &generator))
        default: bytes += bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))
        }
      }
      _ = bytes.withUnsafeBytes { bytes in
        Result { () throws(TokenFault) in try TokenText(bytes) }
      }
    }
    // The same behind the base 64.
    let claims = Array(
      #"{"iss":"a","sub":"b\ud83d\ude00","aud":["c","d"],"exp":1.5e9,"x":{"y":[1,null,{}]}}"#.utf8)
    for _ in 0..<20_000 {
      var bytes = claims
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
          Array(#"{}[]",:\u0123456789abcdefeE+-. "#.utf8).randomElement(using: &generator) ?? 0
      }
      if let object = StrictObject(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))) {
        _ = try? TokenClaims(object)
        _ = object.texts("aud")
        _ = object.objects("x", limit: 3)
      }
      if let object = StrictObject(bytes) {
        _ = try? TokenClaims(object).texts(at: "x.y")
        _ = object.object("x")?.objects("y", limit: 3)
      }
    }
  }
}

/// Steele, Lea, Flood: the same numbers each time.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
