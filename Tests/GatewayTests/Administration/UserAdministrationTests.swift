import Access
import Configuration
import GatewayTesting
import Testing

@testable import Gateway

/// `/api/v1/admin/users`, over HTTP.
@Suite struct UserAdministrationTests {
  private static let path = "/api/v1/admin/users"
  private static let password = "Correct!Horse7"
  private static let tags = "/api/tags"

  @Test func aUserFromHisMakingToHisEnd() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let made = try await root.post(
        Self.path,
        #"{"name":"ann","email":"Ann@example.org","full_name":"Ann","password":"\#(Self.password)"}"#)
      #expect(made.status == 201, "\(made.text)")
      let id = try #require(made.json["id"].number)
      #expect(made.headers["Location"] == "\(Self.path)/\(Int(id))")
      #expect(made.json["password"] == true && made.json["status"] == "active" && made.json["keys"] == 0)
      #expect(!made.text.contains(Self.password) && !made.text.contains("$2b$"))
      for name in ["ann", "ann@EXAMPLE.org", "\(Int(id))", "user:\(Int(id))"] {
        #expect(try await root.get("\(Self.path)/\(name)").json["name"] == "ann", "\(name)")
      }
      #expect(try await root.post(Self.path, #"{"name":"ann"}"#).status == 409)
      #expect(try await root.post(Self.path, #"{"name":"bob","email":"ANN@example.org"}"#).status == 409)

      let key = try await root.post("/api/v1/admin/keys", #"{"name":"k","user":"ann"}"#)
      #expect(key.status == 201)
      let caller = Administrator(gateway, key: key.json["key"].string)
      #expect(try await caller.get(Self.tags).status == 200)
      let changed = try await root.request(
        "PATCH", "\(Self.path)/ann", #"{"disabled":true,"limits":{"rpm":7}}"#)
      #expect(
        changed.status == 200 && changed.json["status"] == "disabled" && changed.json["limits"]["rpm"] == 7)
      #expect(changed.json["keys"] == 1 && changed.json["email"] == "Ann@example.org")
      #expect(try await caller.get(Self.tags).status == 401, "his keys are disabled with him")
      #expect(try await root.request("PATCH", "\(Self.path)/ann", #"{"disabled":false}"#).status == 200)
      #expect(try await caller.get(Self.tags).status == 200)

      #expect(try await root.request("DELETE", "\(Self.path)/ann").json["sessions"] == 0)
      #expect(try await caller.get(Self.tags).status == 401)
      #expect(try await root.get("\(Self.path)/ann").status == 404)
      #expect(try await root.request("DELETE", "\(Self.path)/ann").status == 404)
      let next = try await root.post(Self.path, #"{"name":"ann"}"#)
      #expect(next.json["id"].number ?? 0 > id, "a number is never given again")
    }
  }

  @Test func aKeysUserHasToBeThere() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let refused = try await root.post("/api/v1/admin/keys", #"{"name":"k","user":"nobody"}"#)
      #expect(refused.status == 422 && refused.text.contains("user"))
      #expect(try await root.post(Self.path, #"{"name":"ann"}"#).status == 201)
      let key = try await root.post("/api/v1/admin/keys", #"{"name":"k"}"#)
      let path = "/api/v1/admin/keys/\(key.json["id"].string ?? "")"
      #expect(try await root.request("PATCH", path, #"{"user":"nobody"}"#).status == 422)
      #expect(try await root.request("PATCH", path, #"{"user":"ann"}"#).status == 200)
      // LiteLLM's tools make their users as they go.
      let made = try await root.post("/key/generate", #"{"user_id":"eve"}"#)
      #expect(made.status == 200 && made.json["user_id"] == "eve", "\(made.text)")
      let eve = try await root.get("\(Self.path)/eve")
      #expect(eve.json["password"] == false && eve.json["keys"] == 1)
    }
  }

  /// What LiteLLM's client does.
  @Test func usersInLiteLLMsWords() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      #expect(try await root.request("PUT", "/api/v1/admin/teams/ml", "{}").status == 201)
      let made = try await root.post(
        "/user/new",
        #"{"user_id":"ann","user_email":"Ann@example.org","teams":[{"team_id":"ml"}],"rpm_limit":60,"key_alias":"k"}"#
      )
      #expect(made.status == 200 && made.headers["Cache-Control"] == "no-store", "\(made.text)")
      let caller = Administrator(gateway, key: made.json["key"].string)
      #expect(try await caller.get(Self.tags).status == 200)
      let info = try await root.get("/user/info?user_id=ann")
      #expect(info.json["user_info"]["rpm_limit"] == 60 && info.json["teams"][0]["team_id"] == "ml")
      #expect(
        info.json["keys"][0]["key_alias"] == "k" && info.json["user_info"]["user_role"] == "internal_user")
      #expect(try await caller.get("/user/info").json["user_id"] == "ann")
      #expect(try await caller.get("/user/info?user_id=bob").status == 403)
      #expect(try await caller.get("/v2/user/info?user_id=bob").status == 403)
      let alone = try await caller.get("/v2/user/info")
      #expect(alone.json["user_id"] == "ann" && alone.json["keys"] == .null)
      #expect(try await root.get("/user/info?user_id=1").status == 404, "a number is no user_id")
      for bad in [#"{"user_id":"ann"}"#, #"{"user_id":"bob","user_email":"ann@EXAMPLE.org"}"#] {
        let twice = try await root.post("/user/new", bad)
        #expect(twice.status == 409 && twice.json["error"]["message"].string != nil, "\(twice.text)")
      }
      let teamless = try await root.post("/user/new", #"{"user_id":"bob","teams":["none"]}"#)
      #expect(teamless.status == 422 && teamless.text.contains("“teams”"), "\(teamless.text)")
      let key = made.json["key"].string ?? ""
      for (field, value) in [
        ("user_id", "user:1"), ("user_id", key), ("user_alias", key), ("user_email", "\(key)@x"),
        ("key_alias", key),
      ] {
        let name = field == "user_id" ? "" : #""user_id":"bob","#
        let wrong = try await root.post("/user/new", #"{\#(name)"\#(field)":"\#(value)"}"#)
        #expect(wrong.status == 422 && wrong.text.contains("“\(field)”"), "\(wrong.text)")
      }
      let alias = try await root.post("/user/update", #"{"user_id":"ann","user_alias":"\#(key)"}"#)
      #expect(alias.status == 422 && alias.text.contains("“user_alias”"), "\(alias.text)")
      let money = try await root.post("/user/new", #"{"user_id":"bob","max_budget":1}"#)
      #expect(money.status == 400 && money.text.contains("/api/v1/admin/users"))
      #expect(try await root.post("/user/new", #"{"auto_create_key":false}"#).json["key"] == .null)
      for (query, count) in [
        ("", 2), ("?team=ml", 1), ("?user_ids=ann,eve", 1), ("?search=EXAMPLE", 1), ("?user_email=nobody", 0),
        ("?role=proxy_admin", 0), ("?organization_ids=o", 0), ("?page=2&page_size=1", 1),
        ("?page=9007199254740991", 0),
      ] {
        let list = try await root.get("/user/list\(query)")
        #expect(list.json["users"].array.count == count, "\(query)")
      }
      #expect(try await root.get("/user/list?sort_by=user_id").json["users"].array.count == 2)
      for query in ["role=root", "sort_by=spend", "sort_order=up", "page=0", "page_size=101"] {
        #expect(try await root.get("/user/list?\(query)").status == 422, "\(query)")
      }
      let promoted = try await root.post(
        "/user/update", #"{"user_id":"ann","user_role":"proxy_admin","teams":null}"#)
      #expect(
        promoted.json["data"]["user_role"] == "proxy_admin" && promoted.json["data"]["teams"].array.isEmpty)
      // The key may do what it might before.
      #expect(try await caller.get("/user/list").status == 403)
      #expect(try await root.post("/user/update", #"{"user_id":"nobody","blocked":true}"#).status == 404)
      #expect(
        try await root.post("/user/update", #"{"user_email":"ann@example.org","blocked":true}"#).status == 200
      )
      #expect(try await caller.get(Self.tags).status == 401)
      // His key is no more valid than he is.
      let ofHis = try await root.get("/key/info?key=\(key)")
      #expect(ofHis.json["info"]["status"] == "revoked" && ofHis.json["info"]["blocked"] == false)
      for (status, count) in [("disabled", 1), ("active", 0), ("expired", 0)] {
        let list = try await root.get("/api/v1/admin/keys?user=ann&status=\(status)")
        #expect(list.json["total"].int == count, "\(list.text)")
        #expect(count == 0 || list.json["keys"][0]["status"] == "disabled")
      }
      #expect(try await root.post("/user/delete", #"{"user_ids":["ann","nobody"]}"#).status == 404)
      #expect(try await root.get("/user/info?user_id=ann").status == 200)
      #expect(try await root.post("/user/delete", #"{"user_ids":["ann","ann"]}"#).text == "1")
      for bad in [#"{"user_ids":[]}"#, #"{"user_ids":"ann"}"#, "{}", #"{"users":["ann"]}"#] {
        #expect(try await root.post("/user/delete", bad).status == 422, "\(bad)")
      }
      #expect(try await root.get("/user/info?user_id=ann").status == 404)
    }
  }

  @Test func whatHeSignsInBy() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      #expect(try await root.post(Self.path, #"{"name":"ann"}"#).status == 201)
      let link = try await root.post("\(Self.path)/ann/reset")
      let token = try #require(link.json["token"].string)
      #expect(link.status == 200 && link.headers["Cache-Control"] == "no-store")
      #expect(link.json["link"].string == "/#reset=\(token)" && LinkSecret(token) != nil)
      let shown = try await root.get("\(Self.path)/ann")
      #expect(shown.json["reset_valid_until"] == link.json["valid_until"] && !shown.text.contains(token))
      #expect(try await root.post("\(Self.path)/ann/verification").status == 409)
      #expect(try await root.request("PATCH", "\(Self.path)/ann", #"{"email":"a@b.c"}"#).status == 200)
      let verification = try await root.post("\(Self.path)/ann/verification")
      #expect(verification.json["link"].string?.hasPrefix("/#verify=") == true)
      #expect(try await root.post("\(Self.path)/ann/unlock").json["unlocked_at"].string != nil)
      #expect(try await root.post("\(Self.path)/ann/sign-out").status == 200)
      #expect(try await root.post("\(Self.path)/ann/sign-out", #"{"x":1}"#).status == 422)

      let identity = #"{"issuer":"https://id.example.org","subject":"2482"}"#
      let linked = try await root.post("\(Self.path)/ann/link", identity)
      #expect(linked.status == 200 && linked.json["identities"][0]["subject"] == "2482")
      #expect(try await root.post("\(Self.path)/ann/link", identity).status == 200)
      #expect(try await root.post(Self.path, #"{"name":"bob"}"#).status == 201)
      #expect(try await root.post("\(Self.path)/bob/link", identity).status == 409, "nobody else is it")
      for bad in ["{}", #"{"issuer":"x"}"#, #"{"issuer":"","subject":"s"}"#, #"{"issuer":1,"subject":"s"}"#] {
        #expect(try await root.post("\(Self.path)/bob/link", bad).status == 422, "\(bad)")
      }
      #expect(try await root.request("PATCH", "\(Self.path)/ann", #"{"identities":[]}"#).status == 200)
      #expect(try await root.post("\(Self.path)/bob/link", identity).status == 200)
    }
  }

  @Test func listsAreFilteredAndInParts() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      #expect(try await root.request("PUT", "/api/v1/admin/teams/t", "{}").status == 201)
      for name in ["ann", "bob", "eve"] {
        #expect(try await root.post(Self.path, #"{"name":"\#(name)","team":"t"}"#).status == 201)
      }
      #expect(
        try await root.request("PATCH", "\(Self.path)/bob", #"{"team":null,"disabled":true}"#).status == 200)
      func names(_ query: String) async throws -> [String?] {
        try await root.get("\(Self.path)?\(query)").json["users"].array.map { $0["name"].string }
      }
      #expect(try await names("") == ["ann", "bob", "eve"])
      #expect(try await names("team=t") == ["ann", "eve"])
      #expect(try await names("status=disabled") == ["bob"])
      #expect(try await names("name=eve") == ["eve"])
      #expect(try await names("skip=1&limit=1") == ["bob"])
      #expect(try await names("reset_asked=true").isEmpty)
      for query in ["status=gone", "limit=0", "reset_asked=perhaps"] {
        #expect(try await root.get("\(Self.path)?\(query)").status == 422, "\(query)")
      }
    }
  }

  @Test(arguments: [
    "[]", "{}", #"{"name":""}"#, #"{"name":"a b"}"#, #"{"name":7}"#, #"{"name":"n","email":"nobody"}"#,
    #"{"name":"n","password":"short"}"#, #"{"name":"n","password":7}"#,
    #"{"name":"n","password":"Correct!Horse7","password_hash":"$2b$12$DUMMYDUMMYDUMMYDUMMYDO/GxnQa4WAXK0aIGXUuQfR6HiO3QrJdu"}"#,
    #"{"name":"n","password_hash":"md5"}"#, #"{"name":"n","is_superuser":true}"#,
    #"{"name":"n","team":"none"}"#,
    #"{"name":"n","scopes":["root"]}"#, #"{"name":"n","type":"god"}"#, #"{"name":"n","verified":7}"#,
    #"{"name":"n","generation":7}"#, #"{"name":"n","id":7}"#, #"{"name":"n","name":"m"}"#,
    #"{"name":"n","full_name":"a\u0000"}"#, #"{"name":"n","limits":{"rps":1}}"#,
    #"{"name":"n","identities":[{"issuer":"x"}]}"#, #"{"name":"n","reset":{}}"#, #"{"name":"user:7"}"#,
    #"{"name":"Key:7"}"#, #"{"name":"proxy/user:n"}"#, #"{"name":"n-\#(KeyText().text)"}"#,
  ]) func aWrongBodyIs422(_ body: String) async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let refused = try await root.post(Self.path, body)
      #expect(refused.status == 422 && !refused.text.contains("Correct!Horse"), "\(body): \(refused.text)")
      #expect(try await root.get(Self.path).json["total"] == 0)
    }
  }

  @Test func nobodyComesInWithoutTheScope() async throws {
    try await withStoringGateway { gateway in
      func all(_ caller: Administrator) async throws -> [Int] {
        var all = [
          try await caller.get(Self.path).status, try await caller.post(Self.path, #"{"name":"x"}"#).status,
          try await caller.get("\(Self.path)/1").status,
          try await caller.request("PATCH", "\(Self.path)/1", "{}").status,
          try await caller.request("DELETE", "\(Self.path)/1").status,
        ]
        for act in ["reset", "verification", "unlock", "sign-out", "link"] {
          all.append(try await caller.post("\(Self.path)/1/\(act)").status)
        }
        return all
      }
      #expect(try await all(Administrator(gateway, key: nil)) == [Int](repeating: 401, count: 10))
      _ = try await Administrator(gateway)
      let standard = try await Administrator(gateway, scopes: Scopes.Preset.standard.scopes, name: "n")
      #expect(try await all(standard) == [Int](repeating: 403, count: 10))
      let reader = try await Administrator(gateway, scopes: [.adminRead], name: "reader")
      #expect(try await reader.get(Self.path).status == 200)
      #expect(try await reader.post(Self.path, #"{"name":"x"}"#).status == 403)
    }
  }

  @Test func actsAreInTheLogAndSecretsAreNot() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      #expect(try await root.post(Self.path, #"{"name":"ann","password":"\#(Self.password)"}"#).status == 201)
      let token = try #require(try await root.post("\(Self.path)/ann/reset").json["token"].string)
      #expect(
        try await root.request("PATCH", "\(Self.path)/ann", #"{"password":"Other!Horse8"}"#).status == 200)
      #expect(try await root.request("DELETE", "\(Self.path)/ann").json["sessions"] == 0)
      try await eventually("the last act is in the log") { gateway.log.contains("act=user.delete") }
      let log = gateway.log
      for act in ["user.make", "user.reset", "user.change", "user.delete"] {
        #expect(log.contains("act=\(act)"), "\(act)")
      }
      #expect(log.contains("changed=password"))
      for secret in [token, Self.password, "Other!Horse8", "$2b$"] { #expect(!log.contains(secret)) }
    }
  }
}

/// With a store, as users need one.
private func withStoringGateway(_ body: (RunningGateway) async throws -> Void) async throws {
  let folder = TemporaryFolder()
  try await withGateway({ $0.store = .sqlite(path: folder.path + "/gateway.db") }) { gateway, _ in
    try await body(gateway)
  }
}
