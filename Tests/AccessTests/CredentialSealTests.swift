import Testing

@testable import Access

@Suite struct CredentialSealTests {
  private static let seal = CredentialSeal(key: Array(0..<32))
  private static let credential = Credential(high: 0x0001_0203_0405_0607, low: 0x0809_0a0b_0c0d_0e0f)

  /// The codes by Python's hmac.
  @Test(arguments: [
    (Credential.Kind.token, "65d28d1e2a352ecca0a87e242fa05bcdbcb1c7ba141fcdfab0743aae9e9bf51b"),
    (Credential.Kind.cookie, "c1b5cbbb555ddcee1f08bd66098d2018f787e0ab2a254722b81e85487b208afc"),
  ])
  func theTextIsTheCredentialAndItsCode(kind: Credential.Kind, code: String) {
    let text = Self.seal.text(of: Self.credential, kind)
    #expect(text == "000102030405060708090a0b0c0d0e0f" + code)
    #expect(text.utf8.count == CredentialSeal.textBytes)
    #expect(Self.seal.reads(text, kind) == Self.credential)
  }

  @Test func eachIsAnother() throws {
    let seal = CredentialSeal()
    var seen: Set<Credential> = []
    for kind in Credential.Kind.allCases {
      for _ in 0..<100 { seen.insert(try #require(seal.reads(seal.make(kind), kind))) }
    }
    #expect(seen.count == 200)
  }

  @Test func oneKindIsNotTakenForTheOther() {
    #expect(Self.seal.reads(Self.seal.make(.token), .cookie) == nil)
    #expect(Self.seal.reads(Self.seal.make(.cookie), .token) == nil)
  }

  @Test func anotherProcessKnowsNone() {
    #expect(CredentialSeal().reads(Self.seal.make(.token), .token) == nil)
    #expect(CredentialSeal().reads(CredentialSeal().make(.token), .token) == nil)
  }

  /// Every digit counts, and each credential has one text.
  @Test func whatWasChangedIsNoCredential() {
    let text = Array(Self.seal.text(of: Self.credential, .token).utf8)
    for place in text.indices {
      for byte in Set("0f1A g".utf8).subtracting([text[place]]) {
        var changed = text
        changed[place] = byte
        let changedText = String(decoding: changed, as: UTF8.self)
        #expect(Self.seal.reads(changedText, .token) == nil, "\(changedText)")
      }
    }
    let digits = String(decoding: text, as: UTF8.self)
    for other in [
      "", "0", digits.uppercased(), digits + "0", String(digits.dropLast()), " " + digits.dropLast(),
    ] {
      #expect(Self.seal.reads(other, .token) == nil, "\(other)")
    }
  }
}

extension CredentialSeal {
  fileprivate func reads(_ text: String, _ kind: Credential.Kind) -> Credential? {
    var text = text
    return text.withUTF8 { read(UnsafeRawBufferPointer($0), kind) }
  }
}
