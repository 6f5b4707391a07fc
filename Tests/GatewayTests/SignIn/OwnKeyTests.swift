import Access
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway

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
