import Access
import Accounts
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling

/// Keys that users make for themselves.
@Suite(.serialized) struct OwnKeyTests {
  @Test func aUserMakesAndEndsKeys() async throws {
    try await withUsers({ $0.auth = .required }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      try await gateway.makeUser("bob", password: Visitor.password)
      var (ann, bob) = (Visitor(gateway), Visitor(gateway))
      _ = try await ann.signIn("ann")
      _ = try await bob.signIn("bob")
      let made = try await ann.change(
        "POST", "/api/v1/auth/keys", json: #"{"name":"laptop","expires_in":"90d"}"#)
      #expect(made.status == 201 && made.headers["Cache-Control"] == "no-store")
      let key = TestHeaders.bearer(made.json["key"])
      let id = made.json["id"].string ?? ""
      #expect(made.json["user"] == "ann" && made.json["status"] == "active")
      let program = Visitor(gateway)
      #expect(try await program.get("/api/tags", key).status == 200)
      let list = try await ann.get("/api/v1/auth/keys")
      #expect(list.json["keys"].count == 1 && list.json["keys"][0]["id"].string == id)
      #expect(!list.text.contains(made.json["key"].string ?? "?"))
      #expect(try await bob.get("/api/v1/auth/keys").json["keys"].count == 0)
      // Another's key is not his to end, and a key makes no keys.
      #expect(try await bob.change("DELETE", "/api/v1/auth/keys/\(id)").status == 404)
      #expect(
        try await program.request("POST", "/api/v1/auth/keys", json: #"{"name":"x"}"#, key).status == 403)
      #expect(
        try await program.request("DELETE", "/api/v1/auth/session?everywhere=true", key).status == 403)
      #expect(try await program.get("/api/v1/auth/keys").status == 401)
      #expect(try await ann.change("DELETE", "/api/v1/auth/keys/\(id)").status == 204)
      #expect(try await program.get("/api/tags", key).status == 401)
      #expect(try await ann.change("DELETE", "/api/v1/auth/keys/\(id)").status == 404)
    }
  }

  @Test func noKeyMayDoMoreThanItsMaker() async throws {
    try await withUsers { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(gateway)
      _ = try await ann.signIn("ann")
      for scopes in [#"["admin"]"#, #"["chat","metrics"]"#] {
        let response = try await ann.change(
          "POST", "/api/v1/auth/keys", json: #"{"name":"x","scopes":\#(scopes)}"#)
        #expect(response.status == 403)
      }
      for body in [
        "{}", #"{"name":""}"#, #"{"name":"x","expires_in":"0s"}"#, #"{"name":"x","team":"a"}"#,
        #"{"name":"x","scopes":["none"]}"#,
      ] {
        #expect(try await ann.change("POST", "/api/v1/auth/keys", json: body).status == 422, "\(body)")
      }
      for number in 0..<20 {
        let response = try await ann.change("POST", "/api/v1/auth/keys", json: #"{"name":"k\#(number)"}"#)
        #expect(response.status == 201)
      }
      #expect(try await ann.change("POST", "/api/v1/auth/keys", json: #"{"name":"x"}"#).status == 409)
    }
  }

  @Test func whoSignedInSomeTimeAgoShowsThePassword() async throws {
    try await withUsers { gateway, _ in
      let user = try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(gateway)
      _ = try await ann.signIn("ann")
      gateway.ageSignIns(of: user, by: .seconds(299 - 60))
      #expect(try await ann.make("young").status == 201)
      gateway.ageSignIns(of: user, by: .seconds(61))
      #expect(try await ann.get("/api/v1/auth/session").json["own_keys_take"] == "password")
      let refused = try await ann.make("old")
      #expect(refused.status == 403 && refused.json["detail"].string?.contains("current password") == true)
      #expect(try await ann.make("old", password: "Wrong-Horse-9!").status == 401)
      #expect(try await ann.make("old", password: Visitor.password).status == 201)
      // A program's tokens are as old as its sign-in, however often they were renewed.
      let tokens = try await Visitor(gateway).login("ann").json
      let program = Visitor(gateway, .bearer(tokens["access_token"]))
      #expect(try await program.make("young too").status == 201)
      gateway.ageSignIns(of: user, by: .seconds(300))
      #expect(try await program.make("old").status == 403)
      #expect(try await program.make("old", password: Visitor.password).status == 201)
      // Guesses are locked as those of a sign-in.
      for _ in 0..<5 { _ = try await ann.make("old", password: "Wrong-Horse-9!") }
      let locked = try await ann.make("old", password: Visitor.password)
      #expect(locked.status == 403 && locked.json["detail"].string?.contains("locked") == true)
      #expect(!gateway.log.contains(Visitor.password))
    }
  }

  @Test func whoHasNoPasswordSignsInAgain() async throws {
    try await withIssuer { scene in
      var (anna, back) = try await scene.traveller()
      _ = try await anna.comeBack(back)
      #expect(try await anna.make("young").status == 201)
      let user = try #require(scene.users.first)
      scene.gateway.ageSignIns(of: user, by: .seconds(300))
      #expect(try await anna.get("/api/v1/auth/session").json["own_keys_take"] == "sign_in")
      for password in [nil, Visitor.password] {
        let refused = try await anna.make("old", password: password)
        #expect(refused.status == 403 && refused.json["detail"].string?.contains("sign in again") == true)
      }
      let address = try await anna.setOut()
      let again = try #require(scene.issuer.signIn(at: address, as: IssuerScene.anna))
      _ = try await anna.comeBack(ReturnAddress(again))
      #expect(try await anna.make("young").status == 201)
    }
  }

  /// Whoever has taken a token of the issuer has no key by it.
  @Test func anIssuersTokenIsAsOldAsItSays() async throws {
    try await withIssuer { scene in
      let young = Visitor(
        scene.gateway, ["Authorization": "Bearer \(scene.issuer.token(IssuerScene.anna))"])
      #expect(try await young.make("young").status == 201)
      let now = Timestamp.now.millisecondsSince1970 / 1000
      for issued in [#""iat":\#(now - 301),"#, ""] {
        let token = TestTokenKey.ed25519.token(
          #"{"iss":"\#(scene.issuer.url)","aud":"gateway",\#(issued)"exp":\#(now + 300),\#(IssuerScene.anna)}"#
        )
        let old = Visitor(scene.gateway, ["Authorization": "Bearer \(token)"])
        let refused = try await old.make("old")
        #expect(refused.status == 403 && refused.json["detail"].string?.contains("sign in again") == true)
      }
    }
  }

  @Test func whereTheyAreOff() async throws {
    try await withUsers({ $0.userKeys = false }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(gateway)
      let state = try await ann.signIn("ann")
      #expect(state.json["own_keys"] == false)
      #expect(try await ann.change("POST", "/api/v1/auth/keys", json: #"{"name":"x"}"#).status == 403)
    }
  }
}

extension Visitor {
  /// Wants a key of his own.
  fileprivate func make(_ name: String, password: String? = nil) async throws -> TestClient.Response {
    let shown = password.map { #","current_password":"\#($0)""# } ?? ""
    return try await change("POST", "/api/v1/auth/keys", json: #"{"name":"\#(name)"\#(shown)}"#)
  }
}

extension RunningGateway {
  /// As if its user had signed in so much earlier, as far as the memory has it.
  fileprivate func ageSignIns(of user: UserRecord, by age: Duration) {
    let table = gateway.services.access.signIns
    for record in table.all(of: user.id) {
      var earlier = SignInRecord(
        id: record.id, user: record.user, kind: record.kind, generation: record.generation,
        createdAt: record.createdAt.adding(.zero - age), expiresAt: record.expiresAt,
        idleUntil: record.idleUntil, issuer: record.issuer)
      (earlier.number, earlier.issuedAt) = (record.number, record.issuedAt)
      table.put(earlier)
    }
  }
}
