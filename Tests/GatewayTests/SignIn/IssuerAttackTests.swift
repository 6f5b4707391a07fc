import Access
import Configuration
import EventLoop
import GatewayTesting
import JSONWebToken
import System
import Testing

@testable import Gateway
@testable import Handling
@testable import Issuers

/// The way to the issuer and back, with each step replayed, swapped or left out by somebody.
@Suite("Attacks on a sign-in at an issuer") struct IssuerAttackTests {
  private static let notBegun = "was not begun in this browser"

  // MARK: What comes back with the browser

  @Test func theStateIsThatOfTheBrowser() async throws {
    try await withIssuer { scene in
      var (anna, back) = try await scene.traveller()
      var (bob, bobsBack) = try await scene.traveller(as: IssuerScene.bob)
      for state in [nil, "", "x", bobsBack["state"], back["state"].map { $0 + "x" }] {
        try await expectRefusal(
          try await anna.get(back.with("state", state).path), 400, Self.notBegun, of: anna)
      }
      // Twice: the last one counts, and that is another's.
      let two = back.path + "&state=\(bobsBack["state"] ?? "")"
      try await expectRefusal(try await anna.get(two), 400, Self.notBegun, of: anna)
      #expect(scene.exchanges == 0)
      // Whatever was tried, each comes back by his own, once.
      #expect(try await anna.comeBack(back).status == 302)
      #expect(try await bob.comeBack(bobsBack).status == 302)
      for (copy, address) in [(Visitor(scene.gateway), back), (anna, bobsBack)] {
        let refused = try await copy.get(address.path)
        #expect(refused.status == 400 && refused.text.contains(Self.notBegun))
      }
      #expect(scene.exchanges == 2)
    }
  }

  @Test func aWayIsGoneOnce() async throws {
    try await withIssuer { scene in
      let (anna, back) = try await scene.traveller()
      var browser = anna
      #expect(try await browser.comeBack(back).status == 302)
      // With the cookie of the way, as somebody has it who has copied it, and as the browser has it by now.
      try await expectRefusal(try await anna.get(back.path), 400, Self.notBegun, of: anna)
      #expect(try await browser.get(back.path).status == 400)
      #expect(scene.exchanges == 1)
      // A code that comes to nothing ends the way as well: it is not tried on.
      var (eve, evesBack) = try await scene.traveller()
      try await expectRefusal(
        try await eve.comeBack(evesBack.with("code", "guess")), 502, "has refused (invalid_grant)", of: eve)
      try await expectRefusal(try await eve.comeBack(evesBack), 400, Self.notBegun, of: eve)
    }
  }

  /// Who gets somebody's address of return, by a log or a look over the shoulder, has nothing: nor does who makes another's browser follow
  /// his own.
  @Test func theCookieIsThatOfTheBrowser() async throws {
    try await withIssuer { scene in
      var (anna, back) = try await scene.traveller()
      let (eve, evesBack) = try await scene.traveller(as: IssuerScene.bob)
      let thief = Visitor(scene.gateway)
      try await expectRefusal(try await thief.get(back.path), 400, Self.notBegun, of: thief)
      try await expectRefusal(try await eve.get(back.path), 400, Self.notBegun, of: eve)
      try await expectRefusal(try await anna.get(evesBack.path), 400, Self.notBegun, of: anna)
      let value = try #require(anna.cookies[Visitor.journeyCookie])
      for other in ["", "x", String(value.dropLast()), value + "0", value.uppercased()] where other != value {
        var forger = thief
        forger.cookies[Visitor.journeyCookie] = other
        try await expectRefusal(try await forger.get(back.path), 400, Self.notBegun, of: forger)
      }
      // Under another name it is none.
      for name in ["ollama_gateway_user", "ollama_gateway_user_device", "__Host-ollama_gateway_issuer"] {
        var forger = thief
        forger.cookies[name] = value
        try await expectRefusal(try await forger.get(back.path), 400, Self.notBegun, of: forger)
      }
      #expect(scene.exchanges == 0)
      // The browser goes on, although others were here.
      #expect(try await anna.comeBack(back).status == 302)
      #expect(try await anna.get("/api/v1/auth/session").json["user"]["username"] == "anna")
    }
  }

  @Test func nobodyComesBackWhoHasNotSetOut() async throws {
    try await withIssuer { scene in
      var visitor = Visitor(scene.gateway)
      for query in [
        "", "?", "?code=x", "?state=x", "?code=MARKED&state=MARKED", "?error=access_denied&state=MARKED",
        "?%FF=%FF&state=%FF",
      ] {
        let response = try await visitor.get("/api/v1/auth/issuer/callback\(query)")
        visitor.take(response)
        #expect([400, 422].contains(response.status) && !response.text.contains("MARKED"), "\(query)")
      }
      #expect(visitor.cookies.isEmpty)
      #expect(scene.issuer.paths.isEmpty)
    }
  }

  @Test func theCodeIsThatOfTheWay() async throws {
    try await withIssuer { scene in
      // None, and what is none.
      for code in [nil, "", "a%20b", "a%0Db", "%C3%A4", String(repeating: "c", count: 2049)] {
        var (anna, back) = try await scene.traveller()
        try await expectRefusal(
          try await anna.comeBack(back.with("code", code)), 400, "has sent no code", of: anna)
      }
      #expect(scene.exchanges == 0)
      // That of another sign-in, which was made by another challenge: the issuer takes it from nobody, and it is burnt.
      var (anna, back) = try await scene.traveller()
      var (bob, bobsBack) = try await scene.traveller(as: IssuerScene.bob)
      let swapped = try await anna.comeBack(back.with("code", bobsBack["code"]))
      try await expectRefusal(swapped, 502, "has refused (invalid_grant)", of: anna)
      try await expectRefusal(try await bob.comeBack(bobsBack), 502, "(invalid_grant)", of: bob)
      // One that was used.
      var (eve, evesBack) = try await scene.traveller()
      _ = try await eve.comeBack(evesBack)
      var (again, next) = try await scene.traveller()
      let replayed = try await again.comeBack(next.with("code", evesBack["code"]))
      try await expectRefusal(replayed, 502, "(invalid_grant)", of: again)
    }
  }

  /// RFC 9207: a response of another issuer, whose code that one would get to know.
  @Test func theIssuerIsTheOneThatWasAsked() async throws {
    try await withIssuer { scene in
      for issuer in [nil, "", "https://evil.example", scene.issuer.url + "/", scene.issuer.url.uppercased()] {
        for error in [nil, "access_denied"] {
          var (anna, back) = try await scene.traveller()
          let address = back.with("iss", issuer).with("error", error)
          try await expectRefusal(
            try await anna.comeBack(address), 400, "is not of the issuer that was asked", of: anna)
        }
      }
      #expect(scene.exchanges == 0)
    }
  }

  @Test func whatTheIssuerRefusesIsSaid() async throws {
    try await withIssuer { scene in
      for (error, told) in [
        ("access_denied", "(access_denied)"), ("login_required", "(login_required)"),
        ("%3Cscript%3Ealert(1)%3C/script%3E", "(it does not say why)"), ("", "(it does not say why)"),
        ("a%0D%0ASet-Cookie:x=y", "(it does not say why)"), ("%C3%A4", "(it does not say why)"),
        (String(repeating: "x", count: 65), "(it does not say why)"),
        (
          String(repeating: "x", count: 64) + String(repeating: "%CC%81", count: 100), "(it does not say why)"
        ),
      ] {
        var (anna, back) = try await scene.traveller()
        // Even with a code that is good.
        let address = back.with("error", error).with("error_description", "MARKED")
        try await expectRefusal(try await anna.comeBack(address), 403, told, of: anna)
      }
      #expect(scene.exchanges == 0)
    }
  }

  @Test(
    "It leads nowhere else",
    arguments: [
      "//evil.example", "%2F%2Fevil.example", "/%5Cevil.example", "%5C%5Cevil.example",
      "https://evil.example",
      "https:%2F%2Fevil.example", "javascript:alert(1)", "/%0D%0ASet-Cookie:x=y", "/%0ASet-Cookie:x=y",
      "/%09/evil.example", "%09//evil.example", "/a/..//evil.example", "/%252e%252e/../x", "/%C3%A4", "/%FF",
      "evil", "", "%00/",
    ])
  func itLeadsNowhereElse(_ next: String) async throws {
    try await withIssuer { scene in
      var visitor = Visitor(scene.gateway)
      let start = try await visitor.get("/api/v1/auth/issuer/login?next=\(next)")
      #expect(start.headers.values(of: "set-cookie").count <= 1)
      guard start.status == 302 else {
        // What cannot be read is none.
        #expect(start.status == 422 && (next.contains("%FF") || next.contains("%00")))
        return
      }
      visitor.take(start)
      let address = try #require(start.headers["Location"])
      #expect(!address.contains("evil"))
      let back = ReturnAddress(try #require(scene.issuer.signIn(at: address, as: IssuerScene.anna)))
      let arrival = try await visitor.comeBack(back)
      #expect(arrival.status == 302 && arrival.headers["Location"] == "/", "\(arrival)")
      #expect(arrival.headers.values(of: "set-cookie").count == 3)
    }
  }

  @Test func itStaysUnderTheBasePath() async throws {
    try await withIssuer(",allow=*", { $0.basePath = BasePath("/ai")! }) { scene in
      for next in ["/", "/other", "/ai/../other", "/ai/%2e%2e/other", "/ain"] {
        var visitor = Visitor(scene.gateway)
        let escaped = next.replacing("%", with: "%25")
        let address = try await visitor.setOut(next: escaped, base: "/ai")
        let back = ReturnAddress(try #require(scene.issuer.signIn(at: address, as: IssuerScene.anna)))
        #expect(try await visitor.comeBack(back).headers["Location"] == "/ai/", "\(next)")
      }
    }
  }

  @Test func overPlainHTTPBeyondThisMachineItIsRefused() async throws {
    try await withIssuer(
      ",allow=*",
      {
        $0.trustTheTest()
        $0.allowedHosts = [HostPattern("chat.example.org")!]
      }
    ) { scene in
      let visitor = Visitor(scene.gateway, ["X-Forwarded-For": "203.0.113.1", "Host": "chat.example.org"])
      try await expectRefusal(try await visitor.get("/api/v1/auth/issuer/login"), 403, "HTTPS", of: visitor)
      // Nor does a way count there that was begun where it may.
      var (here, back) = try await scene.traveller()
      var elsewhere = visitor
      elsewhere.cookies = here.cookies
      try await expectRefusal(try await elsewhere.get(back.path), 403, "HTTPS", of: elsewhere)
      #expect(scene.exchanges == 0)
      #expect(try await here.comeBack(back).status == 302)
    }
  }

  /// Who is signed in here stays that, until he goes on himself.
  @Test func anotherPageSignsNobodyIn() async throws {
    try await withIssuer { scene in
      let visitor = Visitor(scene.gateway)
      let path = "/api/v1/auth/issuer/login?next=%2Fstatus%3Fa%3D1&x=%22%3E"
      for site in ["cross-site", "same-site", ""] {
        let page = try await visitor.get(path, ["Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"])
        try await expectRefusal(page, 403, "Another page has led you here", of: visitor)
        #expect(page.headers.values(of: "set-cookie").isEmpty)
        #expect(page.text.contains(#"<a href="\#(path.replacing("&", with: "&amp;"))">Sign in</a>"#))
      }
      #expect(scene.issuer.paths.isEmpty)
      for site in ["same-origin", "none"] {
        let start = try await visitor.get(path, ["Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"])
        #expect(start.status == 302 && start.headers.values(of: "set-cookie").count == 1)
      }
    }
  }

  // MARK: What comes of the issuer

  private static let token = "belongs to another sign-in"

  @Test func theTokenIsThatOfTheWay() async throws {
    try await withIssuer { scene in
      func refused(_ words: String, _ edit: @escaping @Sendable (String) -> String) async throws {
        scene.issuer.editClaims(edit)
        var (anna, back) = try await scene.traveller()
        try await expectRefusal(try await anna.comeBack(back), 502, words, of: anna)
      }
      func with(_ name: String, _ value: String) -> @Sendable (String) -> String {
        { claims in
          var members = Self.members(of: claims)
          members.removeAll { $0.hasPrefix(#""\#(name)":"#) }
          if !value.isEmpty { members.append(#""\#(name)":\#(value)"#) }
          return "{\(members.joined(separator: ","))}"
        }
      }
      let now = Timestamp.now.millisecondsSince1970 / 1000
      for nonce in ["", #""other""#, "null", #""""#, "1", "[]"] {
        try await refused(Self.token, with("nonce", nonce))
      }
      // That of another way, which a man in the middle may have.
      var other = Visitor(scene.gateway)
      let address = ReturnAddress(try await other.setOut())
      try await refused(Self.token, with("nonce", #""\#(address["nonce"] ?? "")""#))
      for audience in ["", #""other""#, #"["gateway","other"]"#, "[]", #""Gateway""#] {
        try await refused("is for somebody else", with("aud", audience))
      }
      for party in [#""other""#, "null", #"["gateway"]"#] {
        try await refused("is for somebody else", with("azp", party))
      }
      for issuer in ["", #""https://evil.example""#, #""\#(scene.issuer.url)/""#] {
        try await refused("is from another issuer", with("iss", issuer))
      }
      try await refused("has expired", with("exp", "\(now - 61)"))
      try await refused("never expires", with("exp", ""))
      try await refused("A claim of the token is malformed", with("exp", #""soon""#))
      try await refused("is not valid yet", with("iat", "\(now + 3600)"))
      try await refused("is not valid yet", with("nbf", "\(now + 3600)"))
      try await refused("names nobody", with("sub", ""))
      try await refused("A claim of the token is malformed", with("sub", #""""#))
      try await refused("belongs to another access token", with("at_hash", #""77QmUPtjPfzWtF2AnpK9RQ""#))
      #expect(scene.users.isEmpty)
    }
  }

  /// Those of an object without objects in it.
  private static func members(of claims: String) -> [String] {
    claims.dropFirst().dropLast().split(separator: ",").map(String.init)
  }

  @Test func theTokenIsSignedByTheIssuer() async throws {
    try await withIssuer { scene in
      scene.issuer.use([.ed25519, .p256])
      let twin = TestTokenKey(.ed25519, id: "ed-1")
      let stranger = TestTokenKey(.p256, id: "nobodys")
      let signatures: [(words: String, sign: @Sendable (String, TestTokenKey) -> String)] = [
        ("signature is not that of its key", { claims, _ in twin.token(claims) }),
        ("not among those of its issuer", { claims, _ in stranger.token(claims) }),
        // Without saying by which key, and by one that it brings along.
        ("not among those of its issuer", { claims, _ in twin.token(claims, header: #"{"alg":"EdDSA"}"#) }),
        (
          "signature is not that of its key",
          { claims, _ in
            twin.token(claims, header: #"{"alg":"EdDSA","kid":"ed-1","jwk":\#(twin.jwk)}"#)
          }
        ),
        (
          "algorithm is not let in",
          { claims, key in
            let token = key.token(claims, header: #"{"alg":"none","kid":"ed-1"}"#)
            return token.split(separator: ".").dropLast().joined(separator: ".") + "."
          }
        ),
        ("algorithm is not let in", { $1.token($0, header: #"{"alg":"HS256","kid":"ed-1"}"#) }),
        ("algorithm is not let in", { $1.token($0, header: #"{"alg":"eddsa","kid":"ed-1"}"#) }),
        // Of one key, and by the algorithm of another.
        ("not among those of its issuer", { $1.token($0, header: #"{"alg":"ES256","kid":"ed-1"}"#) }),
        ("is of another type", { $1.token($0, header: #"{"alg":"EdDSA","kid":"ed-1","typ":"at+jwt"}"#) }),
        ("needs an extension", { $1.token($0, header: #"{"alg":"EdDSA","kid":"ed-1","crit":["b64"]}"#) }),
        ("is malformed", { _, _ in "a b" }), ("is malformed", { _, _ in "a.b.c" }),
        ("is malformed", { $1.token($0) + "." }),
        ("is longer than", { _, _ in String(repeating: "a", count: 20_000) }),
        // Changed after it was signed.
        (
          "signature is not that of its key",
          { claims, key in
            let (good, other) = (
              key.token(claims), key.token(claims.replacing(#""sub":"1""#, with: #""sub":"9""#))
            )
            let (parts, others) = (good.split(separator: "."), other.split(separator: "."))
            return "\(parts[0]).\(others[1]).\(parts[2])"
          }
        ),
      ]
      for (words, sign) in signatures {
        scene.issuer.sign(sign)
        var (anna, back) = try await scene.traveller()
        try await expectRefusal(try await anna.comeBack(back), 502, words, of: anna)
      }
      #expect(scene.users.isEmpty)
      // Those of a key that nobody has had it asked once each.
      #expect(scene.issuer.paths.count { $0 == "/jwks" } == 1 + 3)
      scene.issuer.sign(nil)
      var (anna, back) = try await scene.traveller()
      #expect(try await anna.comeBack(back).status == 302)
    }
  }

  @Test func responsesThatAreNone() async throws {
    try await withIssuer { scene in
      let large = String(repeating: "x", count: 10 << 20)
      let scripts: [(script: Script, status: Int, words: String)] = [
        (.json("{}"), 502, "is not understood"), (.json("[]"), 502, "is not understood"),
        (.json(#"{"token_type":"Bearer","access_token":"MARKED"}"#), 502, "is not understood"),
        (.json(#"{"token_type":"mac","id_token":"a.b.c"}"#), 502, "is not understood"),
        (.text("MARKED", status: 400), 502, "is not understood"),
        (
          .json(#"{"error":"invalid_client","error_description":"MARKED"}"#, status: 401), 502,
          "(invalid_client)"
        ),
        (.json(#"{"error":"<b>"}"#, status: 400), 502, "is not understood"),
        ([.response(302, ["Location": "\(scene.issuer.url)/elsewhere"], [])], 502, "is not understood"),
        (.text("MARKED", status: 500), 503, "does not answer"), (.cutBeforeHead(), 503, "does not answer"),
        (.garbage, 503, "does not answer"), (.json(large), 503, "does not answer"),
        ([.head(200, ["Content-Length": "1000000"]), .text("{"), .close], 503, "does not answer"),
        (.endless, 503, "does not answer"), (.endlessHeader, 503, "does not answer"),
      ]
      for (script, status, words) in scripts {
        scene.issuer.replace { $0.path == "/token" ? script : nil }
        var (anna, back) = try await scene.traveller()
        try await expectRefusal(try await anna.comeBack(back), status, words, of: anna)
      }
      // Nobody has followed it, and no code went out twice.
      #expect(!scene.issuer.paths.contains("/elsewhere"))
      #expect(scene.exchanges == scripts.count)
      scene.issuer.replace(nil)
      var (anna, back) = try await scene.traveller()
      #expect(try await anna.comeBack(back).status == 302)
    }
  }

  // MARK: An issuer that is away, slow, or another

  /// Who has signed in goes on, new sign-ins are told so, and all is well when it is back.
  @Test func anIssuerThatIsAway() async throws {
    try await withIssuer { scene in
      var (early, earlyBack) = try await scene.traveller()
      var (late, lateBack) = try await scene.traveller()
      #expect(try await early.comeBack(earlyBack).status == 302)
      scene.issuer.replace { _ in .cutBeforeHead(.reset) }
      #expect(try await early.isSignedIn)
      let refused = try await late.comeBack(lateBack)
      try await expectRefusal(refused, 503, "does not answer", of: late)
      #expect(refused.headers["Retry-After"] == "5")
      #expect(try await early.get("/api/tags").status == 200)
      scene.issuer.replace(nil)
      var (back, address) = try await scene.traveller()
      #expect(try await back.comeBack(address).status == 302)
    }
  }

  @Test(
    "Documents that are none", arguments: ["/.well-known/openid-configuration", "/jwks"],
    NoDocument.allCases)
  func documents(_ path: String, _ kind: NoDocument) async throws {
    try await withIssuer { scene in
      let script = kind.script
      scene.issuer.replace { $0.path == path ? script : nil }
      let visitor = Visitor(scene.gateway)
      let refused = try await visitor.get("/api/v1/auth/issuer/login")
      try await expectRefusal(refused, 503, "does not answer", of: visitor)
      #expect(scene.gateway.log.contains("the issuer of oidc does not answer"))
      #expect(!scene.gateway.log.contains("MARKED"))
    }
  }

  enum NoDocument: CaseIterable, Sendable {
    case status, large, cut, html, empty, endless

    var script: Script {
      switch self {
      case .status: .text("MARKED", status: 500)
      case .large: .json(#"{"keys":["\#(String(repeating: "x", count: 10 << 20))"]}"#)
      case .cut: .cutBeforeHead()
      case .html: .text("<html>MARKED</html>")
      case .empty: .json("{}")
      case .endless: .endless
      }
    }
  }

  @Test("An issuer that says nothing is waited for no longer than it may take") func slow() async throws {
    var intervals = Intervals()
    intervals.issuerPatience = .milliseconds(300)
    try await withIssuer(intervals: intervals) { scene in
      scene.issuer.replace { $0.path == "/jwks" ? .stalled : nil }
      let visitor = Visitor(scene.gateway)
      try await expectRefusal(
        try await visitor.get("/api/v1/auth/issuer/login"), 503, "does not answer", of: visitor)
    }
    try await withIssuer { scene in
      var (anna, back) = try await scene.traveller()
      // Only from now on: a machine that is busy takes longer for what it does say.
      try #require(scene.gateway.gateway.services.issuer).state.withLock { $0.patience = .milliseconds(300) }
      scene.issuer.replace { $0.path == "/token" ? .silent : nil }
      try await expectRefusal(try await anna.comeBack(back), 503, "does not answer", of: anna)
    }
  }

  /// A browser that leaves while its code is with the issuer leaves nothing behind.
  @Test func aBrowserThatLeaves() async throws {
    try await withIssuer { scene in
      let (anna, back) = try await scene.traveller()
      scene.issuer.replace { $0.path == "/token" ? [.gate("go"), .close] : nil }
      let client = try await TestClient.connect(scene.gateway.port)
      let cookies = anna.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
      try await client.perform { try $0.sendRequest("GET", back.path, ["Cookie": cookies]) }
      try await eventually("the code is with the issuer") { scene.exchanges == 1 }
      try await client.perform { $0.close() }
      scene.issuer.open("go")
      // The way is over, as its code went out.
      try await expectRefusal(try await anna.get(back.path), 400, Self.notBegun, of: anna)
      #expect(scene.users.isEmpty)
    }
  }

  /// The issuer has other keys by the time at which the browser is back, however soon after it was asked for them.
  @Test func keysThatChangeBetween() async throws {
    try await withIssuer { scene in
      for (count, key) in [TestTokenKey.p256, .ed25519, TestTokenKey(.p256, id: "newer")].enumerated() {
        var (anna, back) = try await scene.traveller()
        scene.issuer.use([key])
        #expect(try await anna.comeBack(back).status == 302)
        #expect(scene.issuer.paths.count { $0 == "/jwks" } == count + 2)
      }
    }
  }

  /// A token of another key, and an issuer that does not say which it has: that is no fault of the token.
  @Test func keysThatChangeWhileItsListIsAway() async throws {
    try await withIssuer { scene in
      var (anna, back) = try await scene.traveller()
      scene.issuer.use([.p256])
      scene.issuer.replace { $0.path == "/jwks" ? .text("MARKED", status: 500) : nil }
      try await expectRefusal(try await anna.comeBack(back), 503, "does not answer", of: anna)
    }
  }
}
