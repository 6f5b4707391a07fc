import Bytes
import GatewayTesting
import Testing

@testable import JSONWebToken

@Suite("Tokens of our own") struct OwnTokensTests {
  private static let token = OwnToken(
    kind: .access, subject: "anna", userID: 7, email: "anna@example.com", issuedAt: 1_800_000_000,
    expiresAt: 1_800_001_800, id: "abc", generation: 3)

  private static func tokens(_ byte: UInt8 = 7) throws -> OwnTokens {
    try #require(OwnTokens(secret: [UInt8](repeating: byte, count: 32)))
  }

  private static func fault(
    _ text: String, as kind: OwnToken.Kind = .access, at now: Int64 = 1_800_000_000, _ tokens: OwnTokens
  ) throws -> TokenFault? {
    let token = try TokenText(text)
    do throws(TokenFault) {
      _ = try tokens.read(token, as: kind, at: now)
      return nil
    } catch {
      return error
    }
  }

  @Test func aTokenIsReadAsItWasWritten() throws {
    let tokens = try Self.tokens()
    var other = Self.token
    (other.email, other.kind, other.subject) = (nil, .refresh, "Ännå \"x\"")
    for token in [Self.token, other] {
      let text = try #require(tokens.sign(token))
      let read = try tokens.read(TokenText(text), as: token.kind, at: 1_800_000_000)
      #expect(read == token)
      // The same each time: who asks twice gets the same.
      #expect(tokens.sign(token) == text)
      #expect(try OwnTokens.areOurs(TokenText(text).claims))
    }
  }

  /// Clients of the first system look into it.
  @Test func itIsWhatTheFirstSystemWrites() throws {
    let text = try #require(try Self.tokens().sign(Self.token))
    let parts = text.split(separator: ".").map {
      Base64URL.decode($0).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(parts[0] == #"{"alg":"HS256","typ":"JWT"}"#)
    #expect(
      parts[1] == """
        {"sub":"anna","user_id":7,"email":"anna@example.com","exp":1800001800,"iat":1800000000,"type":"access",\
        "iss":"ollama-gateway","jti":"abc","gen":3}
        """)
  }

  @Test func itIsOverAtItsSecond() throws {
    let tokens = try Self.tokens()
    let text = try #require(tokens.sign(Self.token))
    #expect(try Self.fault(text, at: 1_800_001_799, tokens) == nil)
    #expect(try Self.fault(text, at: 1_800_001_800, tokens) == .expired)
    #expect(try Self.fault(text, at: .max, tokens) == .expired)
  }

  @Test func oneKindIsNotTheOther() throws {
    let tokens = try Self.tokens()
    let text = try #require(tokens.sign(Self.token))
    #expect(try Self.fault(text, as: .refresh, tokens) == .otherType)
    var refresh = Self.token
    refresh.kind = .refresh
    #expect(try Self.fault(try #require(tokens.sign(refresh)), tokens) == .otherType)
  }

  @Test func anotherSecretIsNone() throws {
    let text = try #require(try Self.tokens(8).sign(Self.token))
    #expect(try Self.fault(text, Self.tokens()) == .signature)
  }

  @Test func secretsAreLongEnough() {
    #expect(OwnTokens(secret: [UInt8](repeating: 7, count: 31)) == nil)
    #expect(OwnTokens(secret: []) == nil)
    #expect(OwnTokens(secret: [UInt8](repeating: 7, count: 4096)) != nil)
  }

  @Test func eachBitOfTheSignatureCounts() throws {
    let tokens = try Self.tokens()
    let text = try #require(tokens.sign(Self.token))
    let signed = text.split(separator: ".").prefix(2).joined(separator: ".")
    let signature = try TokenText(text).signature
    #expect(signature.count == 32)
    for bit in 0..<256 {
      var other = signature
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(try Self.fault("\(signed).\(Base64URL.text(of: other))", tokens) == .signature)
    }
    for other in [[], Array(signature.dropLast()), signature + [0]] {
      #expect(try Self.fault("\(signed).\(Base64URL.text(of: other))", tokens) == .signature)
    }
  }

  /// By the right secret, but what we never write: nobody else has it, and still nothing of it ends the process.
  @Test(arguments: [
    (#""iss":"https://other""#, TokenFault.otherIssuer), (#""type":"id""#, .otherType),
    (#""type":1"#, .otherType),
    (#""user_id":0"#, .claims), (#""user_id":-1"#, .claims), (#""user_id":1.5"#, .claims),
    (#""user_id":"7""#, .claims), (#""user_id":9223372036854775808"#, .claims), (#""gen":null"#, .claims),
    (#""jti":"""#, .claims), (#""exp":1"#, .expired),
  ])
  func otherClaims(_ member: String, _ fault: TokenFault) throws {
    let name = member.prefix { $0 != ":" }
    let members = [
      #""sub":"anna""#, #""user_id":7"#, #""exp":1800001800"#, #""iat":1800000000"#, #""type":"access""#,
      #""iss":"ollama-gateway""#, #""jti":"a""#, #""gen":3"#,
    ].map { $0.hasPrefix(name) ? member : $0 }
    let claims = "{" + members.joined(separator: ",") + "}"
    let tokens = try Self.tokens()
    let text = try #require(tokens.sign(json: Array(claims.utf8)))
    #expect(try Self.fault(text, tokens) == fault)
  }

  @Test(arguments: ["none", "HS384", "RS256", "EdDSA", "hs256"])
  func otherAlgorithmsAreRefused(_ algorithm: String) throws {
    let tokens = try Self.tokens()
    let text = try #require(tokens.sign(Self.token))
    let parts = text.split(separator: ".")
    let header = Base64URL.text(of: #"{"alg":"\#(algorithm)","typ":"JWT"}"#.utf8)
    for signature in ["", String(parts[2])] {
      #expect(try Self.fault("\(header).\(parts[1]).\(signature)", tokens) == .algorithm)
    }
  }

  /// A token of an issuer is none of ours, whatever it says of itself.
  @Test func anIssuersKeySignsNoneOfOurs() throws {
    let claims = """
      {"sub":"anna","user_id":7,"exp":1800001800,"iat":1800000000,"type":"access","iss":"ollama-gateway","jti":"a","gen":3}
      """
    for header in [nil, #"{"alg":"HS256","kid":"ed-1"}"#] {
      let text = TestTokenKey.ed25519.token(claims, header: header)
      #expect(try Self.fault(text, Self.tokens()) == (header == nil ? .algorithm : .signature))
    }
  }

  @Test func theSecretIsNotPrinted() throws {
    let tokens = try #require(OwnTokens(secret: Array("MARKED-SECRET-MARKED-SECRET-MARKED".utf8)))
    var dumped = ""
    dump(tokens, to: &dumped)
    for text in ["\(tokens)", String(reflecting: tokens), dumped] {
      #expect(!text.contains("MARKED") && !text.contains("77, 65"))
    }
  }
}
