import Access
import AccessStorage
import Accounts
import Configuration
import GatewayTesting
import Limits
import System
import Testing

@testable import Gateway
@testable import Handling
@testable import Relay

/// Users whom a proxy in front names.
@Suite("Users whom a proxy names", .serialized) struct ProxyUserTests {
  /// A gateway that believes this machine's proxies.
  private func withProxy(
    _ configure: (inout Configuration) -> Void = { _ in },
    _ body: (RunningGateway, ScriptedOllama) async throws -> Void
  ) async throws {
    try await withUsers(
      {
        $0.trustTheTest()
        $0.auth = .required
        $0.trustedUserHeader = "X-Forwarded-User"
        configure(&$0)
      }, body)
  }

  private func named(_ name: String, _ gateway: RunningGateway, _ more: TestHeaders = [:]) -> Visitor {
    var headers: TestHeaders = ["X-Forwarded-For": "203.0.113.9", "X-Forwarded-User": name]
    for field in more.fields { headers.add(field.name, field.value) }
    return Visitor(gateway, headers)
  }

  private static let say = #"{"message":"Hi","stream":false}"#

  @Test func whoIsNamedIsLetIn() async throws {
    try await withProxy { (gateway, ollama) async throws in
      let anna = named("anna@example.org", gateway)
      #expect(try await anna.get("/api/tags").status == 200)
      let state = try await anna.get("/api/v1/auth/session").json
      #expect(state["signed_in"] == true && state["by"] == "proxy" && state["name"] == "anna@example.org")
      #expect(state["user"] == .null && state["own_keys"] == false && state["password"] == false)
      #expect(state["scopes"].array.map { $0.string } == ["inference", "chat", "models.read"])
      #expect(try await anna.request("POST", "/api/v1/chat", json: Self.say).status == 200)
      // In any case of the field's letters.
      #expect(try await Visitor(gateway, ["x-forwarded-USER": "bob"]).get("/api/tags").status == 200)
      #expect(ollama.requests.count >= 2)
      #expect(!ollama.requests.contains { $0.headers.contains("X-Forwarded-User") })
      // Nothing of it is in the log.
      #expect(!gateway.log.contains("anna@example.org"))
    }
  }

  @Test func whoIsNotNamedIsAnonymous() async throws {
    let nobody: [TestHeaders] = [["X-Forwarded-For": "203.0.113.9"], ["X-Forwarded-User": ""], [:]]
    for (auth, status) in [(AccessMode.required, 401), (.optional, 200)] {
      try await withProxy({ $0.auth = auth }) { (gateway, _) async throws in
        for headers in nobody {
          let visitor = Visitor(gateway, headers)
          #expect(try await visitor.get("/api/tags").status == status)
          let state = try await visitor.get("/api/v1/auth/session").json
          #expect(state["signed_in"] == false && state["by"] == .null && state["name"] == .null)
        }
      }
    }
  }

  @Test func othersWriteItInVain() async throws {
    for (proxies, field) in [
      ([], "X-Forwarded-User"), (["10.0.0.0/8"], "X-Forwarded-User"), (["127.0.0.1"], nil),
    ] {
      try await withProxy({
        $0.trustedProxies = proxies.compactMap { IPNetwork($0) }
        $0.trustedUserHeader = field
      }) { (gateway, ollama) async throws in
        let anna = named("anna", gateway)
        #expect(try await anna.get("/api/tags").status == 401)
        #expect(try await anna.isSignedIn == false)
        // What is no name is not looked at either.
        #expect(try await named("an na", gateway).get("/api/tags").status == 401)
        #expect(ollama.requests.isEmpty)
      }
    }
  }

  @Test func whatIsNoNameIsRefused() async throws {
    try await withProxy { (gateway, ollama) async throws in
      for name in [
        "an na", "a,b", "\u{E4}nna", "a\tb", String(repeating: "n", count: 129),
        String(repeating: "n", count: 4000), "a-\(KeyText().text)",
      ] {
        let response = try await named(name, gateway).get("/api/tags")
        #expect(response.status == 400, "\(name)")
        #expect(response.text.contains("names the user") && !response.text.contains(name))
      }
      for (first, second) in [("anna", "bob"), ("anna", "anna"), ("", "anna"), ("anna", ""), ("", "")] {
        let two = named(first, gateway, ["X-Forwarded-User": second])
        #expect(try await two.get("/api/tags").status == 400, "\(first), \(second)")
      }
      #expect(try await named(String(repeating: "n", count: 128), gateway).get("/api/tags").status == 200)
      #expect(ollama.requests.count == 1)
    }
  }

  /// What this gateway has given out comes first, and what of it is wrong is not made good.
  @Test func credentialsComeFirst() async throws {
    try await withProxy({ $0.allowedHosts = [HostPattern("chat.example.org")!] }) {
      (gateway, _) async throws in
      try await gateway.makeUser("bob", password: Visitor.password)
      let key = TestKey()
      try await gateway.gateway.keeper.add(key.record)
      let byKey = try await named("anna", gateway, key.headers).get("/api/v1/auth/session").json
      #expect(byKey["by"] == "key" && byKey["name"] == .null)
      #expect(try await named("anna", gateway, TestKey.wrong).get("/api/tags").status == 401)
      let token = try await Visitor(gateway).login("bob").json["access_token"]
      let byToken = try await named("anna", gateway, .bearer(token)).get("/api/v1/auth/session").json
      #expect(byToken["by"] == "token" && byToken["name"] == "bob")
      let forged = TestHeaders.bearer(.string((token.string ?? "") + "x"))
      #expect(try await named("anna", gateway, forged).get("/api/tags").status == 401)
      var bob = Visitor(secure: gateway)
      #expect(try await bob.signIn("bob").status == 200)
      bob.headers.add("X-Forwarded-User", "anna")
      #expect(try await bob.get("/api/v1/auth/session").json["by"] == "cookie")
      // A password of the proxy's own is no key.
      let basic: TestHeaders = ["Authorization": "Basic YW5uYTpzZWNyZXQ="]
      #expect(try await named("anna", gateway, basic).get("/api/v1/auth/session").json["by"] == "proxy")
    }
  }

  @Test func anotherPageChangesNothing() async throws {
    try await withProxy { (gateway, ollama) async throws in
      let anna = named("anna", gateway)
      let path = "/api/v1/chat"
      for page: TestHeaders in [
        ["Origin": "http://localhost:3000"], ["Origin": "null"], ["Sec-Fetch-Site": "same-site"],
        ["Sec-Fetch-Site": "none"],
      ] {
        #expect(try await anna.request("POST", path, json: Self.say, page).status == 403, "\(page)")
        var handshake: TestHeaders = [
          "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        for field in page.fields { handshake.add(field.name, field.value) }
        #expect(try await anna.get("/ws", handshake).status == 403, "\(page)")
      }
      #expect(ollama.requests.isEmpty)
      // A program says nothing of pages.
      #expect(try await anna.request("POST", path, json: Self.say).status == 200)
      #expect(try await anna.change("POST", path, json: Self.say).status == 200)
    }
  }

  @Test func anotherPageLooksAtNothing() async throws {
    try await withProxy { (gateway, _) async throws in
      try await gateway.makeUser("root") {
        $0.scopes = [.inference, .chat, .modelsRead, .admin]
        $0.identities = [IssuerIdentity(proxyUser: UserName("root")!)!]
      }
      let root = named("root", gateway)
      let path = "/api/v1/admin/users"
      let foreign: [TestHeaders] = [
        ["Origin": "http://localhost:3000"], ["Origin": "tauri://localhost"],
        ["Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"],
        ["Origin": "http://localhost:3000", "Sec-Fetch-Mode": "navigate"],
        ["Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"], ["Sec-Fetch-Site": "none"],
        // What it writes of the host does not make it the gateway's own.
        [
          "Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site",
          "X-Forwarded-Host": "localhost:3000",
        ],
      ]
      for page in foreign {
        #expect(try await root.get(path, page).status == 401, "\(page)")
        #expect(try await root.get("/api/v1/auth/session", page).json["signed_in"] == false, "\(page)")
      }
      for own: TestHeaders in [
        [:], ["Origin": root.ownOrigin], ["Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"],
        // Who follows a link from another page, or types the address.
        ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"],
        ["Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"],
      ] {
        #expect(try await root.get(path, own).status == 200, "\(own)")
      }
      let written: TestHeaders = [
        "Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site",
        "X-Forwarded-Host": "localhost:3000",
      ]
      #expect(
        try await root.request("POST", "/api/v1/auth/keys", json: #"{"name":"k"}"#, written).status == 403)
    }
  }

  /// So a browser sends none of them for a page.
  @Test func noPreflightLeavesTheFieldToPages() async throws {
    try await withProxy { (gateway, _) async throws in
      for names in [
        "x-forwarded-user", "content-type, X-Forwarded-User", "x-forwarded-host", "x-forwarded-for",
      ] {
        let response = try await Visitor(gateway).request(
          "OPTIONS", "/api/v1/admin/users",
          [
            "Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": names,
          ])
        let allowed = response.headers["Access-Control-Allow-Headers"]?.lowercased()
        #expect(response.status == 204 && allowed?.contains("content-type") == true)
        #expect(allowed?.contains("forwarded") == false, "\(names)")
      }
    }
  }

  @Test func aNamesakeIsSomebodyElse() async throws {
    try await withProxy { (gateway, _) async throws in
      try await gateway.makeUser("ann") { $0.scopes = [.inference, .chat, .modelsRead, .admin] }
      let key = TestKey { $0.user = UserName("ann") }
      try await gateway.gateway.keeper.add(key.record)
      let administrator = try await Administrator(gateway)
      let proxied = named("ann", gateway)
      #expect(
        try await proxied.request(
          "POST", "/api/v1/chat", json: #"{"message":"Hi","session_id":"s","stream":false}"#
        )
        .status == 200)
      let hers = Visitor(gateway, key.headers)
      #expect(try await hers.get("/api/v1/chat/sessions").json["sessions"].array.isEmpty)
      #expect(try await proxied.get("/api/v1/chat/sessions").json["sessions"].array.count == 1)
      let owners = try await administrator.get("/api/v1/admin/sessions").json["sessions"].array
      #expect(owners.map { $0["owner"].string } == ["proxy/user:ann"])
      // What only a credential opens stays shut, and so does what is for this machine.
      for path in ["/api/v1/admin/users", "/api/v1/admin/servers", "/api/v1/auth/keys", "/api/v1/auth/me"] {
        #expect(try await proxied.get(path).status == 401, "\(path)")
      }
      #expect(
        try await proxied.change("POST", "/api/v1/chat/sessions/adopt", json: "{}").status == 401)
      for name in ["user:1", "loopback", "key:\(key.record.id)"] {
        #expect(try await named(name, gateway).get("/api/v1/chat/sessions").json["sessions"].array.isEmpty)
      }
    }
  }

  @Test func whoIsLinkedIsTheUser() async throws {
    try await withProxy { (gateway, _) async throws in
      let keeper = gateway.gateway.keeper
      let user = try await gateway.makeUser("ann") {
        $0.scopes = [.inference, .chat, .modelsRead, .admin]
        $0.identities = [IssuerIdentity(proxyUser: UserName("ann@example.org")!)!]
      }
      let ann = named("ann@example.org", gateway)
      let state = try await ann.get("/api/v1/auth/session").json
      #expect(state["by"] == "proxy" && state["name"] == "ann" && state["user"]["id"] == 1)
      #expect(state["own_keys"] == true)
      #expect(try await ann.get("/api/v1/admin/users").status == 200)
      #expect(try await ann.change("POST", "/api/v1/auth/keys", json: #"{"name":"k"}"#).status == 201)
      #expect(try await named("ann", gateway).get("/api/v1/admin/users").status == 401)
      let socket = try await ChatWebSocket(gateway, headers: ann.headers)
      let other = try await ChatWebSocket(gateway, headers: named("bob", gateway).headers)
      // Whom the name is linked to no more is somebody else from then on.
      try await keeper.change(user.id) { (user) throws(RecordError) in user.identities = [] }
      #expect(try await socket.receiveClose().code == 1008)
      #expect(try await ann.get("/api/v1/admin/users").status == 401)
      #expect(try await ann.get("/api/tags").status == 200)
      try await keeper.change(user.id) { (user) throws(RecordError) in
        user.identities = [IssuerIdentity(proxyUser: UserName("bob")!)!]
        user.isDisabled = true
      }
      #expect(try await other.receiveClose().code == 1008)
      #expect(try await named("bob", gateway).get("/api/tags").status == 401)
      #expect(try await named("bob", gateway).isSignedIn == false)
    }
  }

  /// They are the user's where he may do less than people without a key.
  @Test func hisOwnScopesHold() async throws {
    try await withProxy({ $0.auth = .optional }) { (gateway, _) async throws in
      try await gateway.makeUser("ann") {
        $0.scopes = .modelsRead
        $0.identities = [IssuerIdentity(proxyUser: UserName("ann")!)!]
      }
      #expect(try await named("ann", gateway).request("POST", "/api/v1/chat", json: Self.say).status == 403)
      #expect(try await named("bob", gateway).request("POST", "/api/v1/chat", json: Self.say).status == 200)
    }
  }

  @Test func eachHasTheLimitsOfOneWithoutAKey() async throws {
    try await withProxy({ $0.anonymous = LimitSet("rpd=1") ?? .none }) { (gateway, _) async throws in
      let body = #"{"model":"tinyllama:latest","messages":[{"role":"user","content":"Hi"}],"stream":false}"#
      for name in ["ann", "bob"] {
        let visitor = named(name, gateway)
        #expect(try await visitor.request("POST", "/api/chat", json: body).status == 200)
        #expect(try await visitor.request("POST", "/api/chat", json: body).status == 429)
      }
    }
  }

  /// Without any limits, too; and nobody's is mixed with that of the user who is called the same.
  @Test func hisWorkIsInAnAccount() async throws {
    try await withProxy { (gateway, _) async throws in
      let administrator = try await Administrator(gateway)
      let body = #"{"model":"tinyllama:latest","messages":[{"role":"user","content":"Hi"}],"stream":false}"#
      let ann = named("ann", gateway)
      #expect(try await ann.request("POST", "/api/chat", json: body).status == 200)
      #expect(try await ann.request("POST", "/api/v1/chat", json: Self.say).status == 200)
      try await eventually("both are in the account") {
        let usage = try await administrator.get("/api/v1/admin/usage?group_by=user").json["usage"].array
        return usage.contains { $0["user"] == "proxy/user:ann" && $0["requests"] == 2 }
      }
    }
  }

  @Test func aReloadWithoutItEndsWhatGoesOn() async throws {
    let folder = TemporaryFolder()
    var settings: Configuration?
    try await withGateway({
      $0.store = .sqlite(path: folder.path + "/users.db")
      $0.trustTheTest()
      $0.auth = .required
      $0.trustedUserHeader = "Remote-User"
      settings = $0
    }) { (gateway, _) async throws in
      let headers: TestHeaders = ["Remote-User": "ann"]
      let socket = try await ChatWebSocket(gateway, headers: headers)
      var other = try #require(settings)
      other.trustedUserHeader = nil
      try await gateway.gateway.reload(other)
      #expect(try await socket.receiveClose().code == 1008)
      #expect(try await Visitor(gateway, headers).get("/api/tags").status == 401)
    }
  }

  /// Before the first key, too.
  @Test func nobodyHasToBeShutOut() async throws {
    try await withProxy({ $0.auth = .automatic }) { (gateway, _) async throws in
      let ann = named("ann", gateway)
      #expect(try await ann.get("/api/v1/auth/session").json["by"] == "proxy")
      #expect(
        try await ann.request(
          "POST", "/api/v1/chat", json: #"{"message":"Hi","session_id":"s","stream":false}"#
        )
        .status == 200)
      #expect(try await named("bob", gateway).get("/api/v1/chat/sessions").json["sessions"].array.isEmpty)
      #expect(try await ann.get("/api/v1/chat/sessions").json["sessions"].array.count == 1)
      #expect(try await ann.get("/api/v1/admin/servers").status == 401)
      #expect(try await Visitor(gateway).get("/api/tags").status == 200)
    }
  }

  @Test func noFieldThatGoesOnCanBeTheOne() {
    for name in RelayFields.namesForUpstream { #expect(UserField.isTaken("\(name)"), "\(name)") }
  }
}
