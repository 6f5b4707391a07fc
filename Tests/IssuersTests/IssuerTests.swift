import Access
import Configuration
import EventLoop
import GatewayTesting
import HTTPClient
import JSONWebToken
import System
import Testing

@testable import Issuers

/// An issuer that is asked over HTTP.
@Suite("An issuer over HTTP") struct IssuerTests {
  /// An issuer with a loop of its own by which it is asked.
  private final class Asked: Sendable {
    let scripted: ScriptedIssuer
    let issuer: Issuer
    let notes = Lock<[Issuer.Note]>([])
    private let loop: EventLoop
    private let client: LoopBound<HTTPClient>

    init(_ more: String = "") async throws {
      scripted = try ScriptedIssuer()
      let settings = try #require(IssuerSettings("issuer=\(scripted.url),client_id=gateway\(more)"))
      let notes = notes
      issuer = Issuer(settings, secret: IssuerSecret(scripted.secret)) { note in
        notes.withLock { $0.append(note) }
      }
      let loop = try EventLoop(name: "issuer-test")
      self.loop = loop
      client = await withCheckedContinuation { continuation in
        loop.execute { continuation.resume(returning: LoopBound(HTTPClient(loop: loop), to: loop)) }
      }
      issuer.use(client)
    }

    func end() async {
      issuer.use(nil)
      await withCheckedContinuation { continuation in
        client.loop.execute {
          self.client.value.close()
          continuation.resume()
        }
      }
      loop.shutDown()
      scripted.stop()
    }

    func verdict(_ text: String, isSure: Bool = true) throws -> Issuer.Verdict {
      try issuer.verdict(of: TokenText(text), isSure: isSure, at: Timestamp.now.millisecondsSince1970 / 1000)
    }
  }

  private static let anna = #""sub":"1","preferred_username":"anna""#

  @Test func itsTokensAreKnown() async throws {
    let asked = try await Asked()
    let token = asked.scripted.token(Self.anna)
    // Nothing is asked before a token has come.
    #expect(asked.scripted.paths.isEmpty)
    #expect(try asked.verdict(token, isSure: false) == .unsure)
    #expect(try asked.verdict(token) == .away)
    await asked.issuer.settle(.use)
    #expect(try asked.verdict(token) == .good)
    #expect(asked.issuer.generation == 1)
    #expect(asked.scripted.paths == ["/.well-known/openid-configuration", "/jwks"])
    #expect(try asked.verdict(asked.scripted.token(#""sub":"1""#, seconds: -100)) == .bad(.expired))
    #expect(
      try asked.verdict(asked.scripted.token(#""sub":"1""#, by: TestTokenKey(.ed25519, id: "ed-1")))
        == .bad(.signature))
    await asked.end()
  }

  /// Whoever comes while it is asked waits for the same question.
  @Test func manyWaitForOneQuestion() async throws {
    let asked = try await Asked()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 { group.addTask { await asked.issuer.settle(.use) } }
      await group.waitForAll()
    }
    #expect(asked.scripted.paths.count(where: { $0 == "/jwks" }) == 1)
    await asked.end()
  }

  @Test func aKeyThatIsNewIsAskedForOnce() async throws {
    let asked = try await Asked()
    await asked.issuer.settle(.use)
    asked.scripted.use([.p256])
    for _ in 0..<100 { await asked.issuer.settle(.newKey) }
    #expect(asked.scripted.paths.count(where: { $0 == "/jwks" }) == 2)
    #expect(try asked.verdict(asked.scripted.token(Self.anna)) == .good)
    // Within half a minute it is not asked again for one, whatever comes.
    asked.scripted.use([TestTokenKey(.p256, id: "newer")])
    for _ in 0..<100 { await asked.issuer.settle(.newKey) }
    #expect(asked.scripted.paths.count(where: { $0 == "/jwks" }) == 2)
    #expect(try asked.verdict(asked.scripted.token(Self.anna), isSure: false) == .unsure)
    #expect(try asked.verdict(asked.scripted.token(Self.anna)) == .bad(.unknownKey))
    await asked.end()
  }

  /// By name: a test's argument is described by all that it holds, which takes long of ten megabytes.
  enum NoDocument: CaseIterable, Sendable {
    case status, html, empty, garbage, cut, elsewhere, large

    var script: Script {
      switch self {
      case .status: .text("no", status: 500)
      case .html: .text("<html>")
      case .empty: .json("{}")
      case .garbage: .garbage
      case .cut: .cutBeforeHead()
      case .elsewhere: .text("x", status: 302)
      case .large: .json(#"{"keys":[\#(String(repeating: " ", count: 10 << 20))]}"#)
      }
    }
  }

  @Test(arguments: ["/.well-known/openid-configuration", "/jwks"], NoDocument.allCases)
  func whatIsNoneOfItsDocumentsIsAway(_ path: String, _ kind: NoDocument) async throws {
    let asked = try await Asked()
    let script = kind.script
    asked.scripted.replace { $0.path == path ? script : nil }
    await asked.issuer.settle(.use)
    #expect(try asked.verdict(asked.scripted.token(Self.anna)) == .away)
    let notes = asked.notes.withLock { $0 }
    #expect(notes.count == 1)
    if case .away(let words)? = notes.first {
      #expect(!words.isEmpty && !words.contains("html"))
    } else {
      Issue.record("away")
    }
    await asked.end()
  }

  @Test func nobodyListens() async throws {
    let asked = try await Asked()
    asked.scripted.stop()
    await asked.issuer.settle(.use)
    #expect(try asked.verdict(asked.scripted.token(Self.anna)) == .away)
    await #expect(throws: IssuerFailure.away) {
      try await asked.issuer.signInURL(
        SignInRequest(state: "s", nonce: "n", verifier: "v", redirectURL: "https://g/cb"))
    }
    await asked.end()
  }

  // MARK: Sign-ins

  private static let request = SignInRequest(
    state: "st", nonce: "no", verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    redirectURL: "https://g/cb")

  private static func code(_ asked: Asked, _ request: SignInRequest = request) async throws -> String {
    let address = try await asked.issuer.signInURL(request)
    let back = try #require(asked.scripted.signIn(at: address, as: anna))
    let query = try #require(back.split(separator: "?").last)
    let code = try #require(query.split(separator: "&").first { $0.hasPrefix("code=") })
    return String(code.dropFirst("code=".count))
  }

  private static func failure(_ asked: Asked, _ code: String, _ request: SignInRequest = request) async throws
    -> IssuerFailure?
  {
    let exchange = try #require(CodeExchange(code: code, of: request))
    do throws(IssuerFailure) {
      _ = try await asked.issuer.exchange(exchange)
      return nil
    } catch {
      return error
    }
  }

  @Test func theWholeWay() async throws {
    let asked = try await Asked(",claims.teams=groups,allow=*")
    let code = try await Self.code(asked)
    let exchange = try #require(CodeExchange(code: code, of: Self.request))
    let signedIn = try await asked.issuer.exchange(exchange)
    #expect(signedIn.user.identity.subject == "1")
    #expect(signedIn.user.identity.issuer == asked.scripted.url)
    #expect(signedIn.user.name?.text == "anna")
    #expect(signedIn.user.mayBeMade)
    #expect(asked.issuer.hasSent(named: asked.scripted.url))
    #expect(!asked.issuer.hasSent(named: nil) && !asked.issuer.hasSent(named: "https://evil"))
    #expect(
      asked.issuer.signOutURL(identityText: "a.b.c", redirectURL: "https://g/")
        == "\(asked.scripted.url)/logout?client_id=gateway&id_token_hint=a.b.c&post_logout_redirect_uri=https%3A%2F%2Fg%2F"
    )
    // A code is good once.
    #expect(try await Self.failure(asked, code) == .refused("invalid_grant"))
    await asked.end()
  }

  @Test func anotherVerifierOrPlaceIsRefused() async throws {
    let asked = try await Asked()
    for (verifier, place) in [
      ("x" + String(Self.request.verifier.dropFirst()), "https://g/cb"),
      (Self.request.verifier, "https://g/cb2"),
    ] {
      let other = SignInRequest(state: "st", nonce: "no", verifier: verifier, redirectURL: place)
      #expect(try await Self.failure(asked, Self.code(asked), other) == .refused("invalid_grant"))
    }
    await asked.end()
  }

  @Test func aTokenOfAnotherSignInIsRefused() async throws {
    let asked = try await Asked()
    asked.scripted.editClaims { $0.replacing(#""nonce":"no""#, with: #""nonce":"other""#) }
    #expect(try await Self.failure(asked, Self.code(asked)) == .token(.otherNonce))
    asked.scripted.editClaims { $0.replacing(#""aud":"gateway""#, with: #""aud":"other""#) }
    #expect(try await Self.failure(asked, Self.code(asked)) == .token(.otherAudience))
    asked.scripted.editClaims { $0.replacing(#""iss":"http"#, with: #""iss":"https"#) }
    #expect(try await Self.failure(asked, Self.code(asked)) == .token(.otherIssuer))
    await asked.end()
  }

  @Test func anIssuerThatFailsInTheMiddleIsAway() async throws {
    let asked = try await Asked()
    let code = try await Self.code(asked)
    asked.scripted.replace { $0.path == "/token" ? .cutBeforeHead() : nil }
    #expect(try await Self.failure(asked, code) == .away)
    asked.scripted.replace { $0.path == "/token" ? .text("x", status: 503) : nil }
    #expect(try await Self.failure(asked, code) == .away)
    asked.scripted.replace {
      $0.path == "/token" ? .json(#"{"x":"\#(String(repeating: "x", count: 70_000))"}"#) : nil
    }
    #expect(try await Self.failure(asked, code) == .away)
    await asked.end()
  }
}
