import Configuration
import GatewayTesting
import Testing

/// One line a request, and nothing in it that is not the log's.
@Suite(.serialized) struct AccessLogTests {
  /// The fields of the access log's line for a request.
  private func line(_ gateway: RunningGateway, of id: String) async throws -> [String: String] {
    var found: [[String: String]] = []
    try await eventually("request \(id) is logged", state: { gateway.log }) {
      found = gateway.log.split(separator: "\n").filter { $0.contains(" info access: request ") }
        .map { Self.fields(of: $0) }.filter { $0["request_id"] == id }
      return !found.isEmpty
    }
    #expect(found.count == 1, "one line a request")
    return try #require(found.first)
  }

  private static func fields(of line: Substring) -> [String: String] {
    var fields: [String: String] = [:]
    for word in line.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
    }
    return fields
  }

  @Test func aRelayedRequest() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, ollama in
      let response = try await TestClient.post(
        gateway.port, "/api/chat",
        json: #"{"model":"tinyllama","messages":[{"role":"user","content":"x"}]}"#, ["X-Request-Id": "r1"])
      let line = try await line(gateway, of: "r1")
      #expect(line["method"] == "POST")
      #expect(line["route"] == "/api/chat")
      #expect(line["status"] == "200")
      #expect(line["bytes"] == "\(response.body.count)")
      #expect(line["model"] == "tinyllama")
      #expect(line["upstream"] == ollama.url)
      #expect(line["client"]?.hasPrefix("127.0.0.1:") == true)
      let total = try #require(line["ms"].flatMap { Double($0) })
      let first = try #require(line["first_byte_ms"].flatMap { Double($0) })
      #expect(total >= first && first >= 0)
    }
  }

  @Test(arguments: [
    ("GET", "/health", "/health", 200), ("GET", "/nowhere/marker", "unknown", 404),
    ("GET", "/api/chat", "/api/chat", 405), ("POST", "/api/pull", "/api/pull", 403),
    ("GET", "/api/v1/chat/sessions/marker?x=marker", "/api/v1/chat/sessions/{id}", 404),
    ("GET", "/v1/models/tinyllama", "/v1/models/{model}", 200), ("HEAD", "/api/tags", "/api/tags", 200),
    ("GET", "/a/../marker", "unknown", 400), ("BREW", "/marker", "unknown", 404),
  ])
  func routesAndStatuses(method: String, path: String, route: String, status: Int) async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let response = try await TestClient.request(gateway.port, method, path, ["X-Request-Id": "r1"])
      #expect(response.status == status)
      let line = try await line(gateway, of: "r1")
      #expect(line["method"] == method)
      #expect(line["route"] == route)
      #expect(line["status"] == "\(status)")
      #expect(line["bytes"] == "\(response.body.count)")
      // Of what is nowhere the log says where it was looked for.
      let isNowhere = route == "unknown" && status == 404
      #expect(line["path"] == (isNowhere ? path : nil))
      #expect(gateway.log.contains("marker") == isNowhere)
    }
  }

  @Test func preflightsAreLogged() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      _ = try await TestClient.request(
        gateway.port, "OPTIONS", "/api/chat",
        ["Origin": "http://localhost", "Access-Control-Request-Method": "POST", "X-Request-Id": "r1"])
      let line = try await line(gateway, of: "r1")
      #expect(line["route"] == "preflight")
      #expect(line["status"] == "204")
    }
  }

  /// A client that leaves before it has a status.
  @Test func aClientThatLeft() async throws {
    let ollama = try ScriptedOllama { _ in .silent }
    try await withGateway(ollama: ollama, { $0.trustTheTest() }) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform {
        try $0.sendPost("/api/chat", json: #"{"model":"m"}"#, ["X-Request-Id": "r1"])
      }
      try await ollama.wait("the request has come") { $0.requests.count == 1 }
      try await client.perform { $0.reset() }
      let line = try await line(gateway, of: "r1")
      #expect(line["status"] == "499")
      #expect(line["bytes"] == "0")
      #expect(line["first_byte_ms"] == nil)
    }
  }

  /// Too large, too slow, too much: what the server refuses by itself.
  @Test func refusalsOfTheServer() async throws {
    try await withGateway({
      $0.trustTheTest()
      $0.maxBodyBytes = 100
      $0.headerTimeout = .milliseconds(300)
    }) { gateway, _ in
      let large = try await TestClient.post(
        gateway.port, "/api/chat", json: String(repeating: "x", count: 101), ["X-Request-Id": "large"])
      #expect(large.status == 413)
      #expect(large.headers["X-Request-Id"] == "large")
      let line = try await line(gateway, of: "large")
      #expect(line["status"] == "413")
      #expect(line["route"] == "/api/chat")
      let slow = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest(
          "POST", "/api/chat", ["X-Request-Id": "slow", "Content-Length": "50"], body: [0x7b])
        return try connection.readResponse()
      }
      #expect(slow.status == 408)
      #expect(slow.headers["X-Request-Id"] == "slow")
      #expect(try await self.line(gateway, of: "slow")["status"] == "408")
    }
  }

  /// Whoever comes from another gateway must see what he misses: of Ollama's own paths too, and never a query or a line more.
  @Test func aPathThatIsNowhereIsLogged() async throws {
    let ollama = try ScriptedOllama { _ in [.response(404, ["Content-Type": "text/plain"], Array("404".utf8))]
    }
    try await withGateway(ollama: ollama, { $0.trustTheTest() }) { gateway, _ in
      let long = "/" + String(repeating: "x", count: 300)
      let paths = [
        ("/api/new?secret", "/api/new"), ("/v1/new/x", "/v1/new/x"), ("/a%0Ab%22", "/a%0Ab%22"),
        (long, String(long.prefix(200))), ("/api/v1/missing", "/api/v1/missing"),
      ]
      for (number, (path, logged)) in paths.enumerated() {
        let response = try await TestClient.get(gateway.port, path, ["X-Request-Id": "r\(number)"])
        #expect(response.status == 404)
        #expect(try await line(gateway, of: "r\(number)")["path"] == logged)
      }
      for (number, path) in ["/api/v1/chat/sessions/none", "/v1/models/none", "/assets/none.js"].enumerated()
      {
        let response = try await TestClient.get(gateway.port, path, ["X-Request-Id": "k\(number)"])
        #expect(response.status == 404)
        #expect(try await line(gateway, of: "k\(number)")["path"] == nil)
      }
      #expect(!gateway.log.contains("secret"))
    }
  }

  /// What a client calls its request is not what the gateway calls it.
  @Test func aClientsNameForItsRequest() async throws {
    try await withGateway { gateway, _ in
      for (fields, name) in [
        (["X-Request-Id": "mine"], "mine"), (["X-Client-Request-Id": "sdk"], "sdk"),
        (["X-Request-Id": "a", "X-Client-Request-Id": "b"], "b"), (["X-Request-Id": "a b"], nil),
        (["X-Client-Request-Id": String(repeating: "x", count: 129)] as TestHeaders, nil), ([:], nil),
      ] as [(TestHeaders, String?)] {
        let response = try await TestClient.get(gateway.port, "/health", fields)
        let id = try #require(response.headers["X-Request-Id"])
        #expect(id.utf8.count == 32)
        #expect(response.headers["X-Client-Request-Id"] == name)
        #expect(try await line(gateway, of: id)["client_request_id"] == name)
      }
    }
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let response = try await TestClient.get(
        gateway.port, "/health", ["X-Request-Id": "proxys", "X-Client-Request-Id": "sdk"])
      #expect(
        response.headers["X-Request-Id"] == "proxys" && response.headers["X-Client-Request-Id"] == "sdk")
      #expect(try await line(gateway, of: "proxys")["client_request_id"] == "sdk")
    }
  }

  /// Neither prompts nor responses nor keys nor cookies nor queries, at any level and for any outcome.
  @Test func nothingOfAConversation() async throws {
    let ollama = try ScriptedOllama { request in
      request.text.contains("break") ? .errorInStream("MARKER error") : .chat(["MARKER", " response"])
    }
    try await withGateway(
      ollama: ollama,
      {
        $0.logLevel = .trace
        $0.trustTheTest()
      }
    ) { gateway, _ in
      let headers: TestHeaders = [
        "Authorization": "Bearer MARKER", "X-Api-Key": "MARKER", "Cookie": "a=MARKER", "User-Agent": "MARKER",
        "Referer": "http://localhost/MARKER", "X-Request-Id": "r1",
      ]
      let bodies = [
        ("/api/chat", #"{"model":"m","messages":[{"role":"user","content":"MARKER"}]}"#),
        ("/api/chat", #"{"model":"m","messages":[{"role":"user","content":"MARKER break"}]}"#),
        ("/api/chat", #"{"model":"m","MARKER"#),
        ("/v1/messages?key=MARKER", #"{"model":"m","system":"MARKER"}"#),
        ("/api/v1/chat", #"{"message":"MARKER","user_id":"MARKER","session_id":"MARKER","system":"MARKER"}"#),
        ("/api/v1/chat", #"{"message":"MARKER break","stream":true}"#),
        ("/api/v1/chat", #"{"message":["MARKER"]}"#),
      ]
      for (path, body) in bodies { _ = try await TestClient.post(gateway.port, path, json: body, headers) }
      _ = try await TestClient.get(gateway.port, "/api/v1/chat/sessions/MARKER", headers)
      _ = try await TestClient.get(gateway.port, "/nowhere?MARKER", headers)
      _ = try await TestClient.request(
        gateway.port, "DELETE", "/api/v1/chat/sessions/MARKER", ["X-Request-Id": "last"])
      _ = try await line(gateway, of: "last")
      try await eventually("every request is logged", state: { gateway.log }) {
        gateway.log.split(separator: "\n").count { $0.contains(" access: ") } == bodies.count + 3
      }
      #expect(!gateway.log.contains("MARKER"), "\(gateway.log)")
    }
  }

  @Test func noLinesAboveInfo() async throws {
    let gateway = try await RunningGateway(ollama: 1) { $0.logLevel = .warning }
    let response = try await TestClient.get(gateway.port, "/health")
    #expect(response.status == 200)
    // Everything under way has ended then.
    await gateway.stop()
    #expect(!gateway.log.contains("access"))
  }
}
