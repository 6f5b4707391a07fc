import Access
import Accounts
import AccessStorage
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling

/// Browsers that sign in, and what their cookies let them do.
@Suite(.serialized) struct BrowserSignInTests {
  @Test func aBrowserSignsInAndOut() async throws {
    try await withUsers({ $0.auth = .required }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(gateway)
      let before = try await ann.get("/api/v1/auth/session")
      #expect(before.status == 200 && before.json["signed_in"] == false && before.json["user"] == .null)
      #expect(before.json["sign_in"]["password"] == true && before.json["sign_in"]["refused"] == .null)
      let response = try await ann.signIn("ann")
      #expect(response.status == 200 && response.json["by"] == "cookie")
      #expect(response.json["user"]["username"] == "ann" && response.json["password"] == true)
      #expect(response.json["own_keys"] == true && response.json["own_keys_take"] == .null)
      #expect(response.json["scopes"] == .array(["inference", "chat", "models.read"]))
      #expect(ann.cookies.keys.sorted() == ["ollama_gateway_user", "ollama_gateway_user_device"])
      for setting in response.headers.values(of: "set-cookie") {
        #expect(setting.contains("; HttpOnly") && setting.contains("; SameSite=Lax"))
      }
      #expect(try await ann.get("/api/v1/auth/session").json["by"] == "cookie")
      #expect(try await ann.get("/api/tags").status == 200)
      #expect(try await ann.change("POST", "/api/v1/chat", json: #"{"message":"Hi"}"#).status == 200)
      #expect(try await Visitor(gateway).get("/api/tags").status == 401)
      // A key or a token that is shown as well is what counts.
      let key = try await gateway.administratorKey()
      #expect(try await ann.get("/api/v1/auth/session", key).json["by"] == "key")
      let copy = ann
      let out = try await ann.change("DELETE", "/api/v1/auth/session")
      ann.take(out)
      #expect(out.status == 200 && ann.cookies["ollama_gateway_user"] == nil)
      #expect(try await copy.isSignedIn == false)
      #expect(try await copy.get("/api/tags").status == 401)
    }
  }

  @Test("By TLS its names bind the cookies; a plain one is none then") func cookiesByTLS() async throws {
    for path in ["/", "/ai"] {
      try await withUsers({
        $0.trustTheTest()
        $0.allowedHosts = [HostPattern("chat.example.org")!]
        $0.basePath = BasePath(path)!
      }) { gateway, _ in
        try await gateway.makeUser("ann", password: Visitor.password)
        var ann = Visitor(secure: gateway)
        let prefix = path == "/" ? "" : path
        let response = try await ann.change(
          "POST", "\(prefix)/api/v1/auth/session",
          json: #"{"username":"ann","password":"\#(Visitor.password)"}"#)
        ann.take(response)
        let name = path == "/" ? "__Host-ollama_gateway" : "__Secure-ollama_gateway"
        #expect(ann.cookies.keys.sorted() == [name, name + "_device"])
        for setting in response.headers.values(of: "set-cookie") {
          #expect(setting.contains("; Secure") && setting.contains("; Path=\(path);"))
        }
        #expect(try await ann.get("\(prefix)/api/v1/auth/session").json["by"] == "cookie")
        // Under another name, or without TLS, it is none.
        let value = ann.cookies[name]
        ann.cookies = ["ollama_gateway_user": value ?? ""]
        #expect(try await ann.get("\(prefix)/api/v1/auth/session").json["signed_in"] == false)
        ann.cookies = [name: value ?? ""]
        ann.headers = [
          "X-Forwarded-For": "203.0.113.1", "X-Forwarded-Proto": "http", "Host": "chat.example.org",
        ]
        #expect(try await ann.get("\(prefix)/api/v1/auth/session").json["signed_in"] == false)
      }
    }
  }

  @Test func overPlainHTTPBeyondThisMachineItIsRefused() async throws {
    try await withUsers({
      $0.trustTheTest()
      $0.allowedHosts = [HostPattern("chat.example.org")!]
    }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(gateway, ["X-Forwarded-For": "203.0.113.1", "Host": "chat.example.org"])
      let state = try await ann.get("/api/v1/auth/session")
      #expect(state.json["sign_in"]["refused"].string?.contains("HTTPS") == true)
      let response = try await ann.request(
        "POST", "/api/v1/auth/session", json: #"{"username":"ann","password":"\#(Visitor.password)"}"#)
      #expect(response.status == 403 && response.json["detail"].string?.contains("HTTPS") == true)
      #expect(!response.headers.contains("Set-Cookie"))
      // Nor does a cookie of this machine's count there.
      var here = Visitor(gateway)
      _ = try await here.signIn("ann")
      ann.cookies = here.cookies
      #expect(try await ann.isSignedIn == false)
    }
  }

  @Test func everywhereIsEverywhere() async throws {
    try await withUsers { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      try await gateway.makeUser("bob", password: Visitor.password)
      var (here, there, bob) = (Visitor(gateway), Visitor(gateway), Visitor(gateway))
      for name in ["ann"] {
        _ = try await here.signIn(name)
        _ = try await there.signIn(name)
      }
      _ = try await bob.signIn("bob")
      let tokens = try await Visitor(gateway).login("ann").json
      let socket = try await ChatWebSocket(
        gateway, headers: ["Cookie": cookie(there), "Origin": there.ownOrigin])
      #expect(try await here.change("DELETE", "/api/v1/auth/session?everywhere=maybe").status == 422)
      #expect(try await here.change("DELETE", "/api/v1/auth/session?everywhere=true").status == 200)
      #expect(try await here.isSignedIn == false)
      #expect(try await there.isSignedIn == false)
      #expect(try await bob.isSignedIn)
      #expect(try await here.get("/api/v1/auth/me", .bearer(tokens["access_token"])).status == 401)
      let refreshed = try await here.change(
        "POST", "/api/v1/auth/refresh", json: #"{"refresh_token":"\#(tokens["refresh_token"].string ?? "")"}"#
      )
      #expect(refreshed.status == 401)
      #expect(try await socket.receiveClose().code == 1008)
    }
  }

  private func cookie(_ visitor: Visitor) -> String {
    visitor.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
  }

  enum End: CaseIterable, Sendable {
    case signedOut, disabled, deleted, password
  }

  @Test("Whatever ends a sign-in closes its sockets", arguments: End.allCases)
  func socketsEnd(_ end: End) async throws {
    try await withUsers { gateway, _ in
      let user = try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(gateway)
      _ = try await ann.signIn("ann")
      let socket = try await ChatWebSocket(
        gateway, headers: ["Cookie": cookie(ann), "Origin": ann.ownOrigin])
      let keeper = gateway.gateway.keeper
      switch end {
      case .signedOut: #expect(try await ann.change("DELETE", "/api/v1/auth/session").status == 200)
      case .disabled:
        try await keeper.change(user.id) { (user) throws(RecordError) in user.isDisabled = true }
      case .deleted: try await keeper.delete(user.id)
      case .password:
        let changed = try await ann.change(
          "POST", "/api/v1/auth/password",
          json: #"{"current_password":"\#(Visitor.password)","new_password":"Battery-Staple-7!"}"#)
        #expect(changed.status == 200)
      }
      #expect(try await socket.receiveClose().code == 1008)
    }
  }

  @Test func itOutlivesTheProcess() async throws {
    let folder = TemporaryFolder()
    var ann: Visitor?
    for round in 0..<2 {
      try await withGateway({ $0.store = .sqlite(path: folder.path + "/users.db") }) { gateway, _ in
        if round == 0 {
          try await gateway.makeUser("ann", password: Visitor.password)
          var new = Visitor(gateway)
          _ = try await new.signIn("ann")
          ann = new
        } else {
          var again = Visitor(gateway)
          again.cookies = try #require(ann).cookies
          #expect(try await again.isSignedIn)
        }
      }
    }
  }

  @Test func aNewPasswordEndsTheOthers() async throws {
    try await withUsers { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      var (here, there) = (Visitor(gateway), Visitor(gateway))
      _ = try await here.signIn("ann")
      _ = try await there.signIn("ann")
      func change(_ current: String, _ new: String) async throws -> TestClient.Response {
        try await here.change(
          "POST", "/api/v1/auth/password",
          json: #"{"current_password":"\#(current)","new_password":"\#(new)"}"#)
      }
      #expect(try await change("Wrong-Horse-9", "Battery-Staple-7!").status == 401)
      #expect(try await change(Visitor.password, "battery").status == 400)
      let changed = try await change(Visitor.password, "Battery-Staple-7!")
      #expect(changed.status == 200)
      here.take(changed)
      #expect(try await here.isSignedIn)
      #expect(try await there.isSignedIn == false)
      #expect(try await there.login("ann").status == 401)
      #expect(try await there.login("ann", "Battery-Staple-7!").status == 200)
      // Without having signed in, and by a key, nobody changes it.
      #expect(
        try await there.change(
          "POST", "/api/v1/auth/password", json: #"{"current_password":"a","new_password":"b"}"#
        ).status == 401)
    }
  }
}

extension RunningGateway {
  /// What somebody sends with a new key that may administer.
  func administratorKey(user: String? = nil) async throws -> TestHeaders {
    let key = TestKey([.admin, .chat, .inference, .metrics]) { $0.user = user.flatMap { UserName($0) } }
    try await gateway.keeper.add(key.record)
    return key.headers
  }
}
