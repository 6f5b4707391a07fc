import GatewayTesting
import JSONWebToken
import System
import Testing

@testable import Issuers

@Suite("What is known of an issuer") struct IssuerKeysTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

  private static func time(_ seconds: Int) -> MonotonicTime { start + .seconds(seconds) }

  private static func answer(_ key: TestTokenKey = .ed25519) throws -> (IssuerDocument, KeySet) {
    (try document(), try #require(KeySet(Array(#"{"keys":[\#(key.jwk)]}"#.utf8))))
  }

  @Test func theFirstTokenWaits() throws {
    var known = IssuerKeys()
    #expect(known.keys(at: Self.time(0)) == nil)
    #expect(known.decide(.use, at: Self.time(0)) == .askAndWait)
    // Whoever comes meanwhile waits for the same.
    #expect(known.decide(.use, at: Self.time(1)) == .wait)
    #expect(known.decide(.newKey, at: Self.time(1)) == .wait)
    let (document, keys) = try Self.answer()
    known.learn(document, keys, at: Self.time(2))
    #expect(known.keys(at: Self.time(2))?.count == 1)
    #expect(known.document(at: Self.time(2)) == document)
    #expect(known.decide(.use, at: Self.time(3)) == .proceed)
    #expect(known.generation == 1)
  }

  @Test func itIsAskedAgainEachHourAndNobodyWaits() throws {
    var known = IssuerKeys()
    let (document, keys) = try Self.answer()
    _ = known.decide(.use, at: Self.time(0))
    known.learn(document, keys, at: Self.time(1))
    #expect(known.decide(.use, at: Self.time(3600)) == .proceed)
    #expect(known.decide(.use, at: Self.time(3601)) == .ask)
    #expect(known.decide(.use, at: Self.time(3602)) == .proceed)
    known.learn(document, keys, at: Self.time(3603))
    #expect(known.decide(.use, at: Self.time(3604)) == .proceed)
    #expect(known.generation == 2)
  }

  /// A flood of tokens with keys that nobody has: one question each half minute.
  @Test func unknownKeysAreNoFlood() throws {
    var known = IssuerKeys()
    let (document, keys) = try Self.answer()
    _ = known.decide(.use, at: Self.time(0))
    known.learn(document, keys, at: Self.time(1))
    var asked = 0
    // For ten minutes a hundred each second.
    for millisecond in stride(from: 1000, to: 601_000, by: 10) {
      let now = Self.start + .milliseconds(millisecond)
      switch known.decide(.newKey, at: now) {
      case .askAndWait:
        asked += 1
        known.learn(document, keys, at: now)
      case .proceed: break
      case .ask, .wait: Issue.record("nobody asks already, and who asks waits")
      }
    }
    #expect(asked == 20)
  }

  /// It was asked a moment ago, for another reason, and has other keys since.
  @Test func aFirstNewKeyIsAskedForAtOnce() throws {
    var known = IssuerKeys()
    let (document, keys) = try Self.answer()
    _ = known.decide(.use, at: Self.time(0))
    known.learn(document, keys, at: Self.time(0))
    #expect(known.decide(.newKey, at: Self.time(1)) == .askAndWait)
    known.learn(document, keys, at: Self.time(1))
    #expect(known.decide(.newKey, at: Self.time(30)) == .proceed)
    #expect(known.decide(.newKey, at: Self.time(31)) == .askAndWait)
  }

  /// What the issuer has signed itself is never refused for a key that it has, and no flood holds that up.
  @Test func whatItHasHandedOverIsAskedForAtOnce() throws {
    var known = IssuerKeys()
    let (document, keys) = try Self.answer()
    _ = known.decide(.use, at: Self.time(0))
    // A question under way may be older than the token.
    #expect(known.decide(.handedOver(at: Self.time(1)), at: Self.time(1)) == .wait)
    known.learn(document, keys, at: Self.time(2))
    #expect(known.decide(.handedOver(at: Self.time(1)), at: Self.time(2)) == .askAndWait)
    known.learn(document, keys, at: Self.time(3))
    // Once for each.
    #expect(known.decide(.handedOver(at: Self.time(1)), at: Self.time(3)) == .proceed)
    #expect(known.decide(.newKey, at: Self.time(4)) == .askAndWait)
    known.fail()
    #expect(known.decide(.newKey, at: Self.time(5)) == .proceed)
    #expect(known.decide(.handedOver(at: Self.time(5)), at: Self.time(5)) == .askAndWait)
    known.fail()
    #expect(known.decide(.handedOver(at: Self.time(5)), at: Self.time(6)) == .proceed)
    #expect(known.decide(.newKey, at: Self.time(34)) == .askAndWait)
  }

  @Test func arrivesWithNewKeysAtOnceWhereItMayBeAsked() throws {
    var known = IssuerKeys()
    let (document, keys) = try Self.answer()
    _ = known.decide(.use, at: Self.time(0))
    known.learn(document, keys, at: Self.time(1))
    #expect(known.decide(.newKey, at: Self.time(30)) == .askAndWait)
    let rotated = try Self.answer(.p256).1
    known.learn(document, rotated, at: Self.time(31))
    let token = try TokenText(TestTokenKey.p256.token(#"{"iss":"x"}"#))
    try known.keys(at: Self.time(31))?.verify(token, by: [.es256])
    // The one that it has taken back counts no more.
    let former = try TokenText(TestTokenKey.ed25519.token(#"{"iss":"x"}"#))
    #expect(throws: TokenFault.unknownKey) {
      try known.keys(at: Self.time(31))?.verify(former, by: [.edDSA])
    }
  }

  @Test func whatWasKnownLastsADayWhileItIsAway() throws {
    var known = IssuerKeys()
    let (document, keys) = try Self.answer()
    _ = known.decide(.use, at: Self.time(0))
    known.learn(document, keys, at: Self.time(0))
    var asked = 0
    for second in stride(from: 3600, to: 86_400, by: 10) {
      #expect(known.keys(at: Self.time(second)) != nil)
      switch known.decide(.use, at: Self.time(second)) {
      case .ask:
        asked += 1
        known.fail()
      case .proceed: break
      case .askAndWait, .wait: Issue.record("nobody waits while something is known")
      }
    }
    #expect(asked == (86_400 - 3600) / 30)
    #expect(known.keys(at: Self.time(86_399)) != nil)
    #expect(known.keys(at: Self.time(86_400)) == nil)
    #expect(known.document(at: Self.time(86_400)) == nil)
    // Then who comes waits, each half minute.
    #expect(known.decide(.use, at: Self.time(86_430)) == .askAndWait)
    known.fail()
    #expect(known.decide(.use, at: Self.time(86_431)) == .proceed)
    #expect(known.decide(.use, at: Self.time(86_460)) == .askAndWait)
    known.learn(document, keys, at: Self.time(86_461))
    #expect(known.keys(at: Self.time(86_461)) != nil)
  }

  @Test func anIssuerThatWasNeverThereIsAskedEachHalfMinute() {
    var known = IssuerKeys()
    var asked = 0
    for second in 0..<300 where known.decide(.use, at: Self.time(second)) == .askAndWait {
      asked += 1
      known.fail()
    }
    #expect(asked == 10)
    #expect(known.keys(at: Self.time(300)) == nil)
  }
}

/// A good one.
func document(_ members: String = "", issuer: String = "https://id.example.org") throws -> IssuerDocument {
  try IssuerDocument(Array(documentText(members, issuer: issuer).utf8), of: issuer)
}

func documentText(_ members: String = "", issuer: String = "https://id.example.org") -> String {
  """
  {"issuer":"\(issuer)","authorization_endpoint":"\(issuer)/auth","token_endpoint":"\(issuer)/token",
  "jwks_uri":"\(issuer)/jwks"\(members)}
  """
}
