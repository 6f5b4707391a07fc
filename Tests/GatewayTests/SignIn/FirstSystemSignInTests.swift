import Access
import Accounts
import AccessStorage
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling

/// The first system's clients sign in, chat, and get new tokens.
@Suite(.serialized) struct FirstSystemSignInTests {
  @Test func aProgramSignsInChatsAndRefreshes() async throws {
    try await withUsers({ $0.auth = .required }) { gateway, _ in
      let ann = try await gateway.makeUser("ann", password: Visitor.password) { $0.email = "Ann@example.org" }
      let visitor = Visitor(gateway)
      let login = try await visitor.login("ann")
      #expect(login.status == 200 && login.headers["Cache-Control"] == "no-store")
      #expect(login.json.keys == ["access_token", "expires_in", "refresh_token", "token_type"])
      #expect(login.json["token_type"] == "bearer" && login.json["expires_in"] == 1800)
      let access = TestHeaders.bearer(login.json["access_token"])
      let me = try await visitor.get("/api/v1/auth/me", access)
      #expect(me.status == 200)
      #expect(
        me.json.keys == [
          "created_at", "email", "full_name", "id", "is_active", "is_superuser", "is_verified", "last_login",
          "updated_at", "username",
        ])
      #expect(me.json["username"] == "ann" && me.json["email"] == "Ann@example.org")
      #expect(me.json["id"].int == Int(ann.id.number) && me.json["full_name"] == .null)
      #expect(me.json["is_active"] == true && me.json["is_superuser"] == false)
      #expect(me.json["last_login"] != .null && !me.text.contains("$2b$"))
      // The scheme in any case of its letters.
      let chat = try await visitor.request(
        "POST", "/api/v1/chat", json: #"{"message":"Hi","session_id":"s"}"#,
        ["Authorization": "bEaReR \(login.json["access_token"].string ?? "")"])
      #expect(chat.status == 200)
      #expect(try await visitor.get("/api/v1/chat/sessions", access).json["total"] == 1)
      // The same user by the e-mail address, in another program.
      let second = try await visitor.login("ann%40EXAMPLE.org")
      let other = TestHeaders.bearer(second.json["access_token"])
      #expect(try await visitor.get("/api/v1/chat/sessions", other).json["total"] == 1)
      let refreshed = try await refresh(visitor, login.json["refresh_token"])
      #expect(refreshed.status == 200 && refreshed.json["access_token"] != login.json["access_token"])
      let next = TestHeaders.bearer(refreshed.json["access_token"])
      #expect(try await visitor.get("/api/v1/auth/me", next).status == 200)
      #expect(try await visitor.get("/v1/models", next).status == 200)
    }
  }

  private func refresh(_ visitor: Visitor, _ token: TestJSON) async throws -> TestClient.Response {
    try await visitor.request(
      "POST", "/api/v1/auth/refresh", json: #"{"refresh_token":"\#(token.string ?? "")"}"#)
  }

  @Test func aUsedRefreshTokenEndsItsFamily() async throws {
    try await withUsers { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      let visitor = Visitor(gateway)
      let first = try await visitor.login("ann").json
      let second = try await refresh(visitor, first["refresh_token"]).json
      // Two tabs get the same.
      #expect(try await refresh(visitor, first["refresh_token"]).json == second)
      let third = try await refresh(visitor, second["refresh_token"])
      #expect(third.status == 200)
      // Somebody else has the first one.
      let replayed = try await refresh(visitor, first["refresh_token"])
      #expect(replayed.status == 401 && replayed.json["detail"] == "Could not validate credentials")
      #expect(replayed.headers["WWW-Authenticate"] == "Bearer")
      #expect(try await refresh(visitor, third.json["refresh_token"]).status == 401)
      #expect(try await visitor.get("/api/v1/auth/me", .bearer(third.json["access_token"])).status == 401)
      #expect(gateway.log.contains("act=token.replay"))
      // Another sign-in of the same user goes on.
      #expect(try await visitor.login("ann").status == 200)
    }
  }

  @Test func twoAtOnceGetTheSamePair() async throws {
    try await withUsers { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      let visitor = Visitor(gateway)
      let token = try await visitor.login("ann").json["refresh_token"]
      let pairs = try await withThrowingTaskGroup(of: TestJSON.self) { group in
        for _ in 0..<8 { group.addTask { try await refresh(visitor, token).json } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(pairs.allSatisfy { $0 == pairs[0] && $0["access_token"].string != nil })
    }
  }

  @Test func whoSignsOutIsOut() async throws {
    try await withUsers { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      let visitor = Visitor(gateway)
      let (one, other) = (try await visitor.login("ann").json, try await visitor.login("ann").json)
      let socket = try await ChatWebSocket(gateway, headers: .bearer(one["access_token"]))
      let out = try await visitor.request("POST", "/api/v1/auth/logout", .bearer(one["access_token"]))
      #expect(out.status == 200 && out.json == .object(["message": "Successfully logged out"]))
      #expect(try await refresh(visitor, one["refresh_token"]).status == 401)
      #expect(try await visitor.get("/api/v1/auth/me", .bearer(one["access_token"])).status == 401)
      #expect(try await socket.receiveClose().code == 1008)
      #expect(try await visitor.get("/api/v1/auth/me", .bearer(other["access_token"])).status == 200)
    }
  }

  @Test("Each failure has the first system's status and words") func failures() async throws {
    try await withUsers { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      try await gateway.makeUser("bob", password: Visitor.password) { $0.isDisabled = true }
      try await gateway.makeUser("issued")
      let visitor = Visitor(gateway)
      for name in ["ann", "nobody", "issued", "nobody%40example.org", "%00"] {
        let wrong = try await visitor.login(name, "Wrong-Horse-9")
        #expect(wrong.status == 401 && wrong.json["detail"] == "Incorrect username or password", "\(name)")
        #expect(wrong.headers["WWW-Authenticate"] == "Bearer")
      }
      let inactive = try await visitor.login("bob")
      #expect(inactive.status == 403 && inactive.json["detail"] == "Inactive user account")
      let json = try await visitor.request(
        "POST", "/api/v1/auth/login", json: #"{"username":"ann","password":"\#(Visitor.password)"}"#)
      #expect(json.status == 422 && json.json["errors"].count > 0)
      let tokens = try await visitor.login("ann").json
      for (headers, detail): (TestHeaders, String) in [
        ([:], "Not authenticated"), (["Authorization": "Basic YTpi"], "Not authenticated"),
        (["Authorization": "Bearer abc"], "Could not validate credentials"),
        (["Authorization": "Bearer a.b.c"], "Could not validate credentials"),
        (.bearer(tokens["refresh_token"]), "Could not validate credentials"),
        (
          ["Authorization": "Bearer \(tokens["access_token"].string ?? "")x"],
          "Could not validate credentials"
        ),
      ] {
        for (method, path) in [("GET", "/api/v1/auth/me"), ("POST", "/api/v1/auth/logout")] {
          let response = try await visitor.request(method, path, headers)
          #expect(response.status == 401 && response.json["detail"].string == detail, "\(path) \(headers)")
          #expect(response.headers["WWW-Authenticate"] == "Bearer")
        }
      }
      for token in [tokens["access_token"], "x", ""] {
        #expect(try await refresh(visitor, token).status == 401)
      }
      #expect(
        try await visitor.request("POST", "/api/v1/auth/refresh", json: "{}").status == 422)
      // A user who is disabled meanwhile.
      let id = try #require(
        gateway.gateway.services.access.directory.directory.user(named: UserName("ann")!)?.user?.id)
      try await gateway.gateway.keeper.change(id) { (user) throws(RecordError) in user.isDisabled = true }
      let me = try await visitor.get("/api/v1/auth/me", .bearer(tokens["access_token"]))
      #expect(me.status == 403 && me.json["detail"] == "Inactive user")
      let refreshed = try await refresh(visitor, tokens["refresh_token"])
      #expect(refreshed.status == 401 && refreshed.json["detail"] == "User not found or inactive")
    }
  }

  @Test("A token that is not valid is anonymous in the chat, where anonymous callers are let in")
  func optionalUser() async throws {
    try await withUsers({ $0.auth = .optional }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      let visitor = Visitor(gateway)
      let tokens = try await visitor.login("ann").json
      let body = #"{"message":"Hi","session_id":"s","user_id":"ann"}"#
      for token in [tokens["refresh_token"], "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let chat = try await visitor.request("POST", "/api/v1/chat", json: body, .bearer(token))
        #expect(chat.status == 200)
      }
      // What the body says decides nothing.
      #expect(
        try await visitor.get("/api/v1/chat/sessions", .bearer(tokens["access_token"])).json["total"] == 0)
    }
    try await withUsers({ $0.auth = .required }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      let visitor = Visitor(gateway)
      let tokens = try await visitor.login("ann").json
      let chat = try await visitor.request(
        "POST", "/api/v1/chat", json: #"{"message":"Hi"}"#, .bearer(tokens["refresh_token"]))
      #expect(chat.status == 401)
    }
  }

  @Test func namesInUpperAndLowerCase() async throws {
    try await withUsers({
      $0.allowRegistration = true
      $0.trustTheTest()
    }) { gateway, _ in
      try await gateway.makeUser("Ann", password: Visitor.password)
      let visitor = Visitor(gateway)
      for name in ["Ann", "ann", "ANN"] {
        let pair = try await visitor.login(name)
        #expect(pair.status == 200)
        #expect(
          try await visitor.get("/api/v1/auth/me", .bearer(pair.json["access_token"])).json["username"]
            == "Ann")
      }
      let taken = try await visitor.register("ann2@example.org", "aNN")
      #expect(taken.status == 400 && taken.json["detail"] == "Username already taken")
      // And they are one name for who guesses.
      let elsewhere = Visitor(gateway, ["X-Forwarded-For": "203.0.113.9"])
      for name in ["ann", "Ann", "aNN", "ANn"] {
        #expect(try await elsewhere.login(name, "Wrong-Horse-9").status == 401)
      }
      #expect(try await elsewhere.login("ANN", "Wrong-Horse-9").status == 403)
    }
  }

  /// Those who have registered and whom nobody knows fill no more than their part of the places.
  @Test func registrationLeavesPlaces() async throws {
    try await withUsers({ $0.allowRegistration = true }) { gateway, _ in
      try await gateway.gateway.keeper.perform { (book) throws(AccessError) in
        for number in 1...Int64(AccessBook.newcomerLimit) {
          guard let id = UserID(number), let name = UserName("x\(number)") else { throw .noUser }
          var user = UserRecord(id: id, name: name, createdAt: .now)
          user.email = "x\(number)@example.org"
          (user.isRegistered, user.isEmailClaimed) = (true, true)
          try book.add(user)
        }
      }
      let visitor = Visitor(gateway)
      let full = try await visitor.register("ann@example.org", "ann")
      #expect(full.status == 403 && full.json["detail"].string?.contains("No more can register") == true)
      try await gateway.makeUser("eve")
      let first = try #require(UserID(1 as Int64))
      try await gateway.gateway.keeper.change(first) { (user) throws(RecordError) in user.verifiedAt = .now }
      #expect(try await visitor.register("ann@example.org", "ann").status == 201)
    }
  }

  @Test func registration() async throws {
    try await withUsers { gateway, _ in
      let off = try await Visitor(gateway).request(
        "POST", "/api/v1/auth/register",
        json: #"{"email":"ann@example.org","username":"ann","password":"\#(Visitor.password)"}"#)
      #expect(off.status == 403)
    }
    try await withUsers({ $0.allowRegistration = true }) { gateway, _ in
      let visitor = Visitor(gateway)
      func register(_ email: String, _ name: String, _ password: String) async throws -> TestClient.Response {
        try await visitor.request(
          "POST", "/api/v1/auth/register",
          json:
            #"{"email":"\#(email)","username":"\#(name)","password":"\#(password)","is_superuser":true,"is_verified":true}"#
        )
      }
      let made = try await register("ann@example.org", "ann", Visitor.password)
      #expect(made.status == 201 && made.json["is_superuser"] == false && made.json["is_verified"] == false)
      let weak = try await register("ann@example.org", "ann", "correct-horse-9")
      #expect(
        weak.status == 400 && weak.json["detail"] == "Password must contain at least one uppercase letter")
      let taken = try await register("ANN@example.org", "ann", Visitor.password)
      #expect(taken.status == 400 && taken.json["detail"] == "Email already registered")
      let name = try await register("bob@example.org", "ann", Visitor.password)
      #expect(name.status == 400 && name.json["detail"] == "Username already taken")
      for name in ["ann@example.org", "123", "user:1"] {
        #expect(try await register("bob@example.org", name, Visitor.password).status == 422)
      }
      let many = try await register("eve@example.org", "eve", Visitor.password)
      #expect([201, 429].contains(many.status))
      #expect(try await visitor.login("ann").status == 200)
      #expect(gateway.gateway.services.access.directory.directory.isClosed)
    }
  }
}

extension Visitor {
  /// Wants to be a user.
  fileprivate func register(_ email: String, _ name: String) async throws -> TestClient.Response {
    try await request(
      "POST", "/api/v1/auth/register",
      json: #"{"email":"\#(email)","username":"\#(name)","password":"\#(Visitor.password)"}"#)
  }
}
