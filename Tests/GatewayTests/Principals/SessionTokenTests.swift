import Configuration
import GatewayTesting
import Testing

/// Tokens and the chat page's cookie: by what callers are known again.
@Suite(.serialized) struct SessionTokenTests {
  private static let path = "/api/v1/chat/token"
  private static let browser = "text/html,application/xhtml+xml,*/*;q=0.8"

  private static func token(_ caller: Caller) async throws -> String {
    let response = try await caller.request("POST", path)
    #expect(response.status == 200)
    #expect(response.headers["Cache-Control"] == "no-store")
    #expect(response.headers["Set-Cookie"] == nil)
    #expect(response.json.keys == ["token"])
    return try #require(response.json["token"].string)
  }

  /// The cookie that the page sets, as `Cookie` sends it back; nil when it sets none.
  private static func cookie(
    _ caller: Caller, _ path: String = "/", _ headers: TestHeaders = [:]
  ) async throws -> (pair: String, attributes: [String])? {
    var fields = caller.headers
    fields.add("Accept", browser)
    for field in headers.fields { fields.add(field.name, field.value) }
    let response = try await TestClient.request(caller.port, "GET", path, fields)
    #expect(response.status == 200 || response.status == 304)
    #expect(response.headers["Cache-Control"] == "private, no-cache")
    guard let line = response.headers["Set-Cookie"] else { return nil }
    let parts = line.split(separator: "; ").map(String.init)
    return (parts[0], Array(parts.dropFirst()))
  }

  @Test func aTokenIsItsOwner() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let token = try await Self.token(Caller(gateway, at: "203.0.113.1"))
      #expect(token.utf8.count == 96)
      #expect(try await Self.token(Caller(gateway, at: "203.0.113.1")) != token)
      let shown: TestHeaders = ["X-Session-Token": token]
      let home = Caller(gateway, at: "203.0.113.1", shown)
      _ = try await home.say("Hi", session: "tour")
      // Wherever it is shown, on this machine too, and whatever cookie comes along.
      let cookie = try #require(try await Self.cookie(Caller(gateway, at: "203.0.113.1"))).pair
      for caller in [
        Caller(gateway, at: "2001:db8::7", shown), Caller(onThisMachine: gateway, shown),
        Caller(gateway, at: "203.0.113.2", ["Cookie": cookie, "X-Session-Token": token]),
      ] {
        #expect(try await caller.sessions == ["tour"])
      }
      for caller in [Caller(gateway, at: "203.0.113.1"), Caller(onThisMachine: gateway)] {
        #expect(try await caller.sessions == [])
      }
      let socket = try await Caller(gateway, at: "203.0.113.9", shown).socket(session: "tour")
      await socket.say("get_history")
      #expect(try await socket.take("history")["count"] == 2)
      // Whatever it is sent with.
      let withBody = try await home.request("POST", Self.path, json: #"{"user":"ann"}"#)
      #expect(withBody.status == 200)
      let tooLong = try await home.request("POST", Self.path, json: String(repeating: " ", count: 5000))
      #expect(tooLong.status == 413)
      #expect(try await home.get(Self.path).status == 405)
    }
  }

  /// One that is not ours is none: then it is by the address.
  @Test func aForgedTokenIsNone() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let ann = Caller(gateway, at: "203.0.113.1")
      let token = try await Self.token(ann)
      _ = try await Caller(gateway, at: "203.0.113.1", ["X-Session-Token": token]).say(
        "Hi", session: "tokens")
      _ = try await ann.say("Hi", session: "address")
      var digits = Array(token)
      digits[95] = digits[95] == "0" ? "1" : "0"
      let cookie = try #require(try await Self.cookie(ann)).pair
      for forged in [
        String(digits), String(token.dropLast()), token + "0", token.uppercased(), "", "x",
        String(repeating: "0", count: 96), String(cookie.drop { $0 != "=" }.dropFirst()),
      ] where forged != token {
        let caller = Caller(gateway, at: "203.0.113.1", ["X-Session-Token": forged])
        #expect(try await caller.sessions == ["address"], "\(forged)")
      }
    }
  }

  @Test func thePageSetsACookie() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let ann = Caller(gateway, at: "203.0.113.1")
      let first = try #require(try await Self.cookie(ann))
      #expect(first.attributes == ["Path=/", "HttpOnly", "SameSite=Lax"])
      #expect(try await Self.cookie(ann)?.pair != first.pair, "each browser has another")
      // Whoever has a valid one keeps it, in whatever company.
      let jar = "a=b; \(first.pair);c=d"
      #expect(try await Self.cookie(ann, "/", ["Cookie": jar]) == nil)
      #expect(try await Self.cookie(ann, "/", ["Cookie": first.pair + "0"]) != nil)
      let secure = try #require(try await Self.cookie(ann, "/", ["X-Forwarded-Proto": "https"]))
      #expect(secure.attributes == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"])
      // A browser that has the page, and no cookie of this process.
      let tag = try await TestClient.get(gateway.port, "/", ["Accept": Self.browser]).headers["ETag"] ?? ""
      #expect(try await Self.cookie(ann, "/", ["If-None-Match": tag]) != nil)
      // Nothing else sets one.
      for path in [
        "/status", "/docs", "/assets/chat.js", "/health", "/api/v1/chat/sessions", "/openapi.json",
      ] {
        let response = try await TestClient.get(gateway.port, path, ["Accept": Self.browser])
        #expect(response.status == 200 && response.headers["Set-Cookie"] == nil, "\(path)")
      }
      #expect(try await TestClient.get(gateway.port, "/").headers["Set-Cookie"] == nil, "it is no page")
    }
  }

  @Test func theCookieIsOfTheBasePath() async throws {
    try await withGateway({ $0.basePath = BasePath("/team/ai")! }) { gateway, _ in
      let cookie = try #require(try await Self.cookie(Caller(onThisMachine: gateway), "/team/ai/"))
      #expect(cookie.attributes == ["Path=/team/ai", "HttpOnly", "SameSite=Lax"])
    }
  }

  @Test func aCookieIsItsOwner() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let cookie = try #require(try await Self.cookie(Caller(gateway, at: "203.0.113.1"))).pair
      let shown: TestHeaders = ["Cookie": "theme=dark; \(cookie)"]
      _ = try await Caller(gateway, at: "203.0.113.1", shown).say("Hi", session: "tour")
      #expect(try await Caller(gateway, at: "203.0.113.2", shown).sessions == ["tour"], "at another address")
      #expect(try await Caller(gateway, at: "203.0.113.1").sessions == [])
      #expect(try await Caller(onThisMachine: gateway, shown).sessions == [], "this machine's are one owner")
      let socket = try await Caller(gateway, at: "203.0.113.2", shown).socket(session: "tour")
      await socket.say("get_history")
      #expect(try await socket.take("history")["count"] == 2)
      // As a token it is none, and among others of its name it is found.
      let value = String(cookie.drop { $0 != "=" }.dropFirst())
      #expect(try await Caller(gateway, at: "203.0.113.3", ["X-Session-Token": value]).sessions == [])
      let name = cookie.prefix { $0 != "=" }
      let several: TestHeaders = ["Cookie": "\(name)=old", "cookie": "\(name)=; \(cookie)"]
      #expect(try await Caller(gateway, at: "203.0.113.3", several).sessions == ["tour"])
      let forged: TestHeaders = ["Cookie": "\(cookie.dropLast())0\(cookie.last == "0" ? "0" : "")"]
      #expect(try await Caller(gateway, at: "203.0.113.3", forged).sessions == [])
    }
  }

  /// What tells callers apart stays between them and the gateway.
  @Test func neitherGoesAnywhere() async throws {
    try await withGateway({
      $0.trustTheTest()
      $0.logLevel = .trace
    }) { gateway, ollama in
      let ann = Caller(gateway, at: "203.0.113.1")
      let token = try await Self.token(ann)
      let cookie = try #require(try await Self.cookie(ann)).pair
      let secret = String(cookie.drop { $0 != "=" }.dropFirst())
      let caller = Caller(gateway, at: "203.0.113.1", ["X-Session-Token": token, "Cookie": cookie])
      #expect(try await caller.get("/api/tags").status == 200)
      let relayed = try await caller.request(
        "POST", "/v1/chat/completions",
        json: #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#)
      #expect(relayed.status == 200)
      #expect(try await caller.say("Hi", session: "tour").status == 200)
      let socket = try await caller.socket(session: "tour")
      await socket.chat("Hi")
      _ = try await socket.receive(through: "stream_end")
      let connections = try await TestClient.get(gateway.port, "/api/v1/chat/connections")
      #expect(connections.json["count"] == 1)
      #expect(ollama.requests.count >= 4)
      for text in ollama.requests.map({ "\($0.headers) \($0.text)" }) + [connections.text, gateway.log] {
        #expect(!text.contains(token) && !text.contains(secret) && !text.contains("ollama_gateway_session"))
        #expect(!text.lowercased().contains("x-session-token"))
      }
    }
  }
}
