import Access
import AccessStorage
import Configuration
import GatewayTesting
import Testing

@testable import Gateway
@testable import Handling

/// The way of a browser to the issuer's pages and back, as it is meant.
@Suite("Sign-in at an issuer") struct IssuerSignInTests {
  @Test func theWholeWayAndBack() async throws {
    try await withIssuer { scene in
      var anna = Visitor(scene.gateway)
      let offer = try await anna.get("/api/v1/auth/session").json["sign_in"]["issuer"]
      #expect(offer["url"] == "api/v1/auth/issuer/login" && offer["name"].string?.isEmpty == false)
      let start = try await anna.get("/api/v1/auth/issuer/login?next=%2Fstatus%3Fx%3D1%26y%3D2")
      #expect(start.status == 302 && start.headers["Cache-Control"] == "no-store")
      let setting = try #require(start.headers["Set-Cookie"])
      #expect(setting.hasPrefix("\(Visitor.journeyCookie)=") && setting.contains("; Path=/;"))
      #expect(setting.hasSuffix("; HttpOnly; SameSite=Lax; Max-Age=600"))
      anna.take(start)
      let address = try #require(start.headers["Location"])
      let back = ReturnAddress(try #require(scene.issuer.signIn(at: address, as: IssuerScene.anna)))
      #expect(back.redirectURL == "http://localhost/api/v1/auth/issuer/callback")
      #expect(try await anna.isSignedIn == false)
      let arrival = try await anna.comeBack(back)
      #expect(arrival.status == 302 && arrival.headers["Location"] == "/status?x=1&y=2", "\(arrival)")
      #expect(arrival.headers["Cache-Control"] == "no-store")
      #expect(arrival.headers["Referrer-Policy"] == "no-referrer")
      #expect(anna.cookies.keys.sorted() == ["ollama_gateway_user", "ollama_gateway_user_device"])
      let session = try await anna.get("/api/v1/auth/session").json
      #expect(session["by"] == "cookie" && session["user"]["username"] == "anna")
      // There is no password to change here.
      #expect(session["password"] == false)
      #expect(scene.users.map(\.email) == ["anna@example.org"])
      #expect(try await anna.change("POST", "/api/v1/chat", json: #"{"message":"Hi"}"#).status == 200)
      #expect(scene.issuer.paths == ["/.well-known/openid-configuration", "/jwks", "/token"])
      let out = try await anna.change("DELETE", "/api/v1/auth/session")
      #expect(out.json["logout_url"].string == "\(scene.issuer.url)/logout?client_id=gateway")
      anna.take(out)
      #expect(try await anna.isSignedIn == false)
      // And in again, as the same.
      let (visitor, again) = try await scene.traveller()
      var second = visitor
      #expect(try await second.comeBack(again).headers["Location"] == "/")
      #expect(try await second.isSignedIn)
      #expect(scene.users.count == 1)
    }
  }

  @Test("By TLS and under a base path", arguments: ["/", "/ai"]) func byTLS(_ path: String) async throws {
    try await withIssuer(
      ",allow=*",
      {
        $0.trustTheTest()
        $0.allowedHosts = [HostPattern("chat.example.org")!]
        $0.basePath = BasePath(path)!
      }
    ) { scene in
      let base = path == "/" ? "" : path
      var anna = Visitor(secure: scene.gateway)
      let address = try await anna.setOut(next: "\(base)/docs", base: base)
      let name = path == "/" ? "__Host-ollama_gateway" : "__Secure-ollama_gateway"
      #expect(anna.cookies.keys.sorted() == ["\(name)_issuer"])
      let back = ReturnAddress(try #require(scene.issuer.signIn(at: address, as: IssuerScene.anna)))
      #expect(back.redirectURL == "https://chat.example.org\(base)/api/v1/auth/issuer/callback")
      let arrival = try await anna.comeBack(back)
      #expect(arrival.headers["Location"] == "\(base)/docs")
      #expect(anna.cookies.keys.sorted() == [name, "\(name)_device"])
      #expect(arrival.headers.values(of: "set-cookie").allSatisfy { $0.contains("; Secure; HttpOnly") })
      #expect(try await anna.get("\(base)/api/v1/auth/session").json["by"] == "cookie")
    }
  }

  @Test func theRedirectURLMayBeSet() async throws {
    let url = "https://other.example.org/api/v1/auth/issuer/callback"
    try await withIssuer(",allow=*,redirect_url=\(url)") { scene in
      var (anna, back) = try await scene.traveller()
      #expect(back.redirectURL == url)
      #expect(try await anna.comeBack(back).status == 302)
      #expect(try await anna.isSignedIn)
    }
  }

  /// Whoever signs in is another from then on: what the browser had before is over, also where somebody keeps a copy of it.
  @Test func anEarlierSignInOfTheBrowserEnds() async throws {
    try await withIssuer { scene in
      var (browser, back) = try await scene.traveller()
      _ = try await browser.comeBack(back)
      let copy = browser
      let address = try await browser.setOut()
      #expect(try await browser.isSignedIn)
      let second = ReturnAddress(try #require(scene.issuer.signIn(at: address, as: IssuerScene.bob)))
      _ = try await browser.comeBack(second)
      #expect(try await browser.get("/api/v1/auth/session").json["user"]["username"] == "bob")
      #expect(browser.cookies["ollama_gateway_user"] != copy.cookies["ollama_gateway_user"])
      #expect(try await copy.isSignedIn == false)
    }
  }

  /// Two tabs of one browser are on their way at one time, and each comes back to where it was.
  @Test func twoTabs() async throws {
    try await withIssuer { scene in
      var browser = Visitor(scene.gateway)
      let addresses = [try await browser.setOut(next: "/one"), try await browser.setOut(next: "/two")]
      let backs = try addresses.map {
        ReturnAddress(try #require(scene.issuer.signIn(at: $0, as: IssuerScene.anna)))
      }
      #expect(try await browser.comeBack(backs[0]).headers["Location"] == "/one")
      #expect(browser.cookies[Visitor.journeyCookie] != nil)
      #expect(try await browser.comeBack(backs[1]).headers["Location"] == "/two")
      #expect(browser.cookies[Visitor.journeyCookie] == nil)
      #expect(try await browser.isSignedIn)
    }
  }

  @Test func whoMayNotComeIsToldSo() async throws {
    try await withIssuer(",allow=@example.org") { scene in
      var (bob, back) = try await scene.traveller(as: IssuerScene.bob)
      let refused = try await bob.comeBack(back)
      try await expectRefusal(refused, 403, "this gateway does not: ask whoever runs it", of: bob)
      #expect(scene.users.isEmpty)
      // An address that nobody has verified is none.
      let claims = #""sub":"3","email":"eve@example.org","email_verified":false"#
      var (eve, evesBack) = try await scene.traveller(as: claims)
      #expect(try await eve.comeBack(evesBack).status == 403)
      var (anna, annasBack) = try await scene.traveller()
      #expect(try await anna.comeBack(annasBack).status == 302)
      let id = try #require(scene.users.first?.id)
      try await scene.gateway.gateway.keeper.change(id) { (user) throws(RecordError) in
        user.isDisabled = true
      }
      #expect(try await anna.isSignedIn == false)
      var (again, back2) = try await scene.traveller()
      try await expectRefusal(try await again.comeBack(back2), 403, "Inactive user account", of: again)
    }
  }

  /// Nobody who is there becomes a user of the issuer by his name or his address.
  @Test func aNamesakeIsSomebodyElse() async throws {
    try await withIssuer { scene in
      try await scene.gateway.makeUser("anna", password: Visitor.password) { $0.email = "anna@example.org" }
      var (stranger, back) = try await scene.traveller()
      #expect(try await stranger.comeBack(back).status == 302)
      let user = try await stranger.get("/api/v1/auth/session").json["user"]
      #expect(user["username"] == "anna-2" && user["id"] == 2)
    }
  }

  @Test func withoutAnIssuerThereIsNoWay() async throws {
    try await withUsers { gateway, _ in
      let visitor = Visitor(gateway)
      for path in ["login", "callback?code=a&state=b"] {
        let response = try await visitor.get("/api/v1/auth/issuer/\(path)")
        #expect(response.status == 404 && response.text.contains("No issuer is set here."))
        #expect(
          !response.headers.values(of: "set-cookie").contains {
            $0.contains("_issuer=") && !$0.contains("=;")
          })
      }
    }
  }
}
