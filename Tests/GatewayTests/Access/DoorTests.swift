import Access
import Configuration
import GatewayTesting
import JSON
import System
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// Who comes in, and what others are told.
@Suite(.serialized) struct DoorTests {
  /// A few, as an address has but twenty a minute.
  @Test func aWrongKeyIsRefused() async throws {
    try await withGateway { gateway, _ in
      gateway.use(TestKey())
      for path in ["/api/tags", "/v1/models", "/api/v1/chat/sessions", "/metrics", "/api/v1/admin/servers"] {
        #expect(try await TestClient.get(gateway.port, path, TestKey.wrong).status == 401, "\(path)")
      }
      // What is none of ours by its form is none.
      let other = try await TestClient.get(gateway.port, "/api/tags", ["Authorization": "Bearer ollama"])
      #expect(other.json["error"] == "API key required")
    }
  }

  @Test func whoGuessesIsHeldOff() async throws {
    try await withGateway { gateway, _ in
      let key = TestKey()
      gateway.use(key)
      for _ in 0..<20 {
        #expect(try await TestClient.get(gateway.port, "/api/tags", TestKey.wrong).status == 401)
      }
      let refused = try await TestClient.get(gateway.port, "/v1/models", TestKey.wrong)
      #expect(refused.status == 429 && refused.json["error"]["type"] == "requests")
      #expect((1...60).contains(Int(refused.headers["Retry-After"] ?? "") ?? 0))
      #expect(try await TestClient.get(gateway.port, "/api/tags", key.headers).status == 200)
    }
  }

  /// Where callers without a key are let in, one that is wrong or has ended counts as none at the chat API, as often as it comes; elsewhere
  /// it counts as what it is.
  @Test func aWrongKeyIsNoneAtAnOpenChat() async throws {
    try await withGateway({
      $0.auth = .optional
      $0.trustTheTest()
    }) { gateway, _ in
      let (key, ended, disabled) = (
        TestKey(), TestKey { $0.expiresAt = .now }, TestKey { $0.isDisabled = true }
      )
      gateway.use(key, ended, disabled)
      for (number, headers) in [TestKey.wrong, ended.headers, disabled.headers].enumerated() {
        let address = "203.0.113.\(number + 1)"
        let caller = Caller(gateway, at: address, headers)
        for _ in 0..<25 {
          #expect(try await caller.get("/api/v1/chat/sessions").status == 200)
        }
        let elsewhere = try await caller.get("/api/tags")
        #expect(elsewhere.status == 429, "they have been counted")
        #expect(try await caller.get("/api/v1/chat/sessions").status == 200)
        #expect(try await Caller(gateway, at: address, key.headers).get("/api/tags").status == 200)
      }
    }
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      gateway.use(TestKey())
      let caller = Caller(gateway, at: "203.0.113.1", TestKey.wrong)
      for _ in 0..<20 { #expect(try await caller.get("/api/v1/chat/sessions").status == 401) }
      let held = try await caller.get("/api/v1/chat/sessions")
      #expect(held.status == 429)
    }
  }

  @Test("Each API has its own words for 401 and 403") func words() async throws {
    try await withGateway { gateway, _ in
      let key = TestKey(.metrics)
      let expired = TestKey { $0.expiresAt = .now }
      gateway.use(key, expired)
      let origin: TestHeaders = ["Origin": "http://localhost:3000"]
      for (path, error) in [
        ("/api/tags", #"{"error":"API key required"}"#),
        (
          "/v1/models",
          #"{"error":{"message":"API key required","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#
        ),
      ] {
        let response = try await TestClient.get(gateway.port, path, origin)
        #expect(response.status == 401 && response.text == error)
        #expect(response.headers["WWW-Authenticate"] == "Bearer")
        #expect(response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000")
      }
      let message = try await TestClient.post(gateway.port, "/v1/messages", json: "{}")
      #expect(message.status == 401 && message.json["error"]["type"] == "authentication_error")
      let problem = try await TestClient.get(gateway.port, "/api/v1/chat/sessions")
      #expect(
        problem.json["detail"] == "Could not validate credentials" && problem.json["type"] == "about:blank")
      #expect(
        try await TestClient.get(gateway.port, "/api/tags", expired.headers).text
          == #"{"error":"API key expired"}"#)
      let scope = try await TestClient.get(gateway.port, "/v1/models", key.headers)
      #expect(scope.status == 403 && scope.json["error"]["code"] == "model_not_found")
      #expect(scope.json["error"]["message"] == "this key lacks the scope models.read")
      var both = key.headers
      both.add("X-Api-Key", expired.text.text)
      #expect(try await TestClient.get(gateway.port, "/metrics", both).status == 400)
      let preflight = try await TestClient.request(
        gateway.port, "OPTIONS", "/api/tags",
        ["Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"])
      #expect(preflight.status == 204)
    }
  }

  @Test("Who comes without a key is let in as the settings say") func withoutAKey() async throws {
    try await withGateway({
      $0.auth = .optional
      $0.trustTheTest()
    }) { gateway, _ in
      gateway.use(TestKey())
      let stranger = Caller(gateway, at: "203.0.113.1")
      let list = try await stranger.get("/api/tags")
      #expect(list.status == 200)
      #expect(try await stranger.get("/metrics").status == 200)
      #expect(try await stranger.request("DELETE", "/api/delete", json: #"{"model":"m"}"#).status == 401)
      // The first system's clients come with tokens that have ended.
      let wrong = Caller(gateway, at: "203.0.113.1", TestKey.wrong)
      #expect(try await wrong.say("Hi").status == 200)
      #expect(try await wrong.get("/api/tags").status == 401)
      // From then on the fleet is no more whoever's is on this machine.
      #expect(try await Caller(onThisMachine: gateway).get("/api/v1/admin/servers").status == 401)
    }
    try await withGateway({
      $0.auth = .required
      $0.openTo = [OpenCaller("loopback")!, OpenCaller("203.0.113.0/24")!]
      $0.trustTheTest()
    }) { gateway, _ in
      let list = try await Caller(onThisMachine: gateway).get("/api/tags")
      #expect(list.status == 200)
      #expect(try await Caller(onThisMachine: gateway).get("/api/v1/admin/servers").status == 401)
      #expect(try await Caller(gateway, at: "203.0.113.7").get("/api/tags").status == 200)
      #expect(try await Caller(gateway, at: "198.51.100.1").get("/api/tags").status == 401)
      #expect(try await Caller(gateway, at: "198.51.100.1").get("/health").status == 200)
    }
  }

  /// A scope stands for the operator's switch.
  @Test func managementIsByKey() async throws {
    try await withGateway { gateway, _ in
      let (manager, other) = (TestKey([.modelsManage, .inference]), TestKey())
      gateway.use(manager, other)
      let body = #"{"model":"tinyllama"}"#
      for (key, status) in [(manager, 200), (other, 403)] {
        let caller = Caller(onThisMachine: gateway, key.headers)
        let deletion = try await caller.request("DELETE", "/api/delete", json: body)
        // The Ollama of the tests has nothing to delete.
        #expect((deletion.status == 403) == (status == 403))
        #expect(
          try await caller.request("POST", "/api/generate", json: #"{"model":"tinyllama","keep_alive":0}"#)
            .status
            == status)
      }
      // Who has a key is told what it lacks, and not how the gateway is to be started.
      for allows in [false, true] {
        try await withGateway({ ($0.allowModelManagement, $0.allowCloudModels) = (allows, false) }) {
          gateway, _ in
          gateway.use(other)
          let caller = Caller(onThisMachine: gateway, other.headers)
          for (path, body) in [
            ("/api/generate", #"{"model":"tinyllama","keep_alive":0}"#), ("/api/me", "{}"),
            ("/api/delete", body),
          ] {
            let method = path == "/api/delete" ? "DELETE" : "POST"
            let refused = try await caller.request(method, path, json: body)
            #expect(refused.status == 403)
            let words = refused.json["error"].string ?? ""
            #expect(words.contains("this key lacks the scope models.manage"), "\(path): \(words)")
            #expect(!words.contains("model-management"), "\(path): \(words)")
          }
        }
      }
    }
  }

  private static func base64(_ text: String) -> String {
    var writer = JSONWriter()
    writer.base64(Array(text.utf8))
    return String(decoding: writer.bytes.filter { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
  }

  /// Wherever it stands, and however it is refused.
  @Test func aKeyGoesNowhere() async throws {
    try await withGateway({
      $0.logLevel = .trace
      $0.allowQueryKeys = true
    }) { gateway, ollama in
      let key = TestKey([.inference, .chat, .modelsRead])
      gateway.use(key)
      let text = key.text.text
      let body = #"{"model":"tinyllama","stream":false}"#
      for headers: TestHeaders in [
        key.headers, ["X-Api-Key": text], ["api-key": text],
        ["Authorization": "Basic \(Self.base64("anybody:\(text)"))"],
      ] {
        #expect(try await TestClient.get(gateway.port, "/api/tags", headers).status == 200)
        var headers = headers
        headers.add("Content-Type", "application/json")
        let relayed = try await TestClient.request(
          gateway.port, "POST", "/api/generate", headers, body: Array(body.utf8))
        #expect(relayed.status == 200)
      }
      #expect(try await TestClient.get(gateway.port, "/api/tags?api_key=\(text)&x=1").status == 200)
      #expect(try await TestClient.get(gateway.port, "/api/newer/x?api_key=\(text)").status == 404)
      let socket = try await TestWebSocket.connect(
        gateway.port, "/ws", ["Sec-WebSocket-Protocol": "og.v1, og.key.\(text)"])
      #expect(try await socket.receiveJSON()["type"] == "connection")
      await socket.send(#"{"type":"chat","message":"Hi"}"#)
      while try await socket.receiveJSON()["type"] != "stream_end" {}
      try await socket.close()
      #expect(ollama.requests.count >= 10)
      let secret = text.split(separator: "-").last.map(String.init) ?? text
      for sent in ollama.requests.map({ "\($0.target) \($0.headers) \($0.text)" }) + [gateway.log] {
        #expect(!sent.contains(secret))
      }
    }
  }
}
