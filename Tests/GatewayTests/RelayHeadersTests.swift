import Configuration
import GatewayTesting
import Testing

/// Which header fields cross the gateway, and which it sets.
@Suite(.serialized) struct RelayHeadersTests {
  private static let body = Array(#"{"model":"m"}"#.utf8)

  /// What Ollama got of a request with these fields.
  private func headersAtOllama(
    _ headers: TestHeaders, path: String = "/api/show", forwardsClient: Bool = true
  ) async throws -> TestHeaders {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    return try await withGateway(ollama: ollama, { $0.forwardClient = forwardsClient }) { gateway, ollama in
      let response = try await TestClient.request(
        gateway.port, "POST", path, headers, body: Self.body)
      #expect(response.status == 200)
      return try #require(ollama.requests.last).headers
    }
  }

  @Test(arguments: [false, true]) func onlyWhatOllamasClientsSendGoesOn(forwardsClient: Bool) async throws {
    let received: TestHeaders = [
      "Content-Type": "application/json", "Authorization": "Bearer secret", "X-Api-Key": "secret",
      "Api-Key": "secret", "X-Goog-Api-Key": "secret", "X-Auth-Token": "secret", "X-Session-Token": "secret",
      "Proxy-Anything": "secret", "HTTP2-Settings": "secret",
      "Cookie": "secret=1", "Origin": "http://localhost:3000", "X-Forwarded-For": "192.0.2.1",
      "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/x",
      "x-FORWARDED-port": "1", "Forwarded": "for=192.0.2.1", "X-Real-IP": "192.0.2.1",
      "Proxy-Authorization": "Basic secret", "Proxy-Connection": "keep-alive", "TE": "trailers",
      "Keep-Alive": "timeout=5", "Trailer": "X-Own", "Upgrade": "websocket", "Expect": "100-continue",
      "Connection": "keep-alive, X-Named", "X-Named": "1", "Connection": "\tx-second", "X-SECOND": "2",
      "Referer": "http://192.0.2.1/", "Via": "1.1 192.0.2.1", "CF-Ray": "192.0.2.1",
      "CF-IPCountry": "192.0.2.1",
      "True-Client-IP": "192.0.2.1", "X-Client-IP": "192.0.2.1", "X-Client-Request-Id": "192.0.2.1",
      "X-Request-Id": "192.0.2.1", "tracestate": "a=192.0.2.1", "OpenAI-Organization": "secret",
      "X_Api_Key": "secret", "APIKEY": "secret", "Authentication": "secret", "Remote-User": "secret",
      "X-Stainless-Api-Key": "secret", "Anthropic-Secret-Id": "secret", "X-Own": "secret",
      "User-Agent": "test/1", "Accept": "a/b", "Accept-Encoding": "gzip, br",
      "OpenAI-Beta": "x", "Anthropic-Version": "2023-06-01", "X-Stainless-Lang": "python",
    ]
    let seen = try await headersAtOllama(received, forwardsClient: forwardsClient)
    let names = Set(seen.names.map { $0.lowercased() })
    #expect(
      names.subtracting(Self.ofTheClient) == [
        "host", "content-type", "content-length", "user-agent", "accept", "accept-encoding", "openai-beta",
        "anthropic-version", "x-stainless-lang",
      ])
    #expect(names.intersection(Self.ofTheClient) == (forwardsClient ? Self.ofTheClient : []))
    #expect(seen["Accept-Encoding"] == "gzip, br")
    #expect(seen["User-Agent"] == "test/1")
    #expect(!seen.description.contains("secret"))
    #expect(!seen.description.contains("192.0.2.1"))
  }

  /// Where a model works the answer is read here.
  @Test(arguments: [("gzip, br", "identity"), ("identity", "identity"), (nil, nil)] as [(String?, String?)])
  func whatAModelSaysIsAskedForUncompressed(_ sent: String?, _ seen: String?) async throws {
    let headers: TestHeaders = sent.map { ["Accept-Encoding": $0] } ?? [:]
    #expect(try await headersAtOllama(headers, path: "/api/generate")["Accept-Encoding"] == seen)
  }

  /// A field that says no more than its absence costs what any does.
  @Test(
    arguments: [("*/*", nil), ("application/json", "application/json"), (nil, nil)] as [(String?, String?)])
  func acceptOfEverythingIsLeftOut(_ sent: String?, _ seen: String?) async throws {
    let headers: TestHeaders = sent.map { ["Accept": $0] } ?? [:]
    #expect(try await headersAtOllama(headers, path: "/api/generate")["Accept"] == seen)
  }

  /// What the gateway says of the client, if it may.
  private static let ofTheClient: Set = [
    "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id", "traceparent",
  ]

  /// Whatever the first `Connection` field says, the others' names stop as well.
  @Test(arguments: ["close", "keep-alive", "Accept"])
  func whatAnyConnectionFieldNamesStops(first: String) async throws {
    let seen = try await headersAtOllama([
      "Connection": first, "Accept": "1", "Connection": "OpenAI-Beta", "OpenAI-Beta": "2",
      "Connection": "anthropic-beta, prefer",
      "Anthropic-Beta": "3", "Prefer": "4", "Range": "stays",
    ])
    #expect((seen["Accept"] == nil) == (first == "Accept"))
    #expect(seen["OpenAI-Beta"] == nil && seen["Anthropic-Beta"] == nil && seen["Prefer"] == nil)
    #expect(seen["Range"] == "stays")
  }

  @Test func theGatewaySaysWhoAsked() async throws {
    let seen = try await headersAtOllama([
      "Host": "localhost:1234", "X-Request-Id": "mine-1",
    ])
    #expect(seen.values(of: "X-Forwarded-For") == ["127.0.0.1"])
    #expect(seen.values(of: "X-Forwarded-Proto") == ["http"])
    #expect(seen.values(of: "X-Forwarded-Host") == ["localhost:1234"])
    // The name that a client gives a request is nobody's but a trusted proxy's.
    let id = try #require(seen["X-Request-Id"])
    #expect(id.utf8.count == 32 && seen.values(of: "X-Request-Id") == [id])
  }

  /// Nothing that libcurl would add of its own.
  @Test func nothingIsMadeUp() async throws {
    let seen = try await headersAtOllama([:])
    #expect(
      Set(seen.names.map { $0.lowercased() }) == [
        "host", "content-length", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id",
        "traceparent",
      ])
  }

  @Test func repeatedFieldsStayRepeatedAndInOrder() async throws {
    let seen = try await headersAtOllama(["Accept": "1", "Prefer": "2", "Accept": "3"])
    #expect(seen.values(of: "Accept") == ["1", "3"])
  }

  // MARK: Back

  private static let response: TestHeaders = [
    "Content-Type": "application/json", "Content-Encoding": "gzip", "OpenAI-Own": "1", "OpenAI-Own": "2",
    "Connection": "keep-alive", "Connection": "OpenAI-Named", "OpenAI-Named": "1", "Keep-Alive": "timeout=5",
    "X-Request-Id": "ollamas", "Access-Control-Allow-Origin": "*", "Set-Cookie": "a=1", "Location": "/evil",
    "Content-Security-Policy": "default-src *", "Retry-After": "5\u{1}",
    "Date": "Thu, 01 Jan 1970 00:00:00 GMT", "Server": "ollama",
  ]

  private func expectSound(_ headers: TestHeaders) {
    #expect(headers.values(of: "Content-Security-Policy") == ["sandbox"])
    #expect(headers.values(of: "X-Content-Type-Options") == ["nosniff"])
    #expect(headers.values(of: "OpenAI-Own") == ["1", "2"])
    #expect(headers.values(of: "X-Request-Id") == ["mine"])
    for name in [
      "OpenAI-Named", "Keep-Alive", "Access-Control-Allow-Origin", "Set-Cookie", "Location", "Retry-After",
      "Server",
    ] {
      #expect(headers[name] == nil, "\(name)")
    }
    #expect(headers.values(of: "Date").count == 1)
  }

  @Test func ollamasFieldsComeBackIfTheyAreListed() async throws {
    let ollama = try ScriptedOllama { _ in [.response(200, Self.response, [0x1f, 0x8b, 0x08, 0x00, 0xff])] }
    try await withGateway(ollama: ollama, { $0.trustTheTest() }) { gateway, _ in
      let response = try await TestClient.get(gateway.port, "/api/tags", ["X-Request-Id": "mine"])
      expectSound(response.headers)
      #expect(response.headers["Content-Type"] == "application/json")
      #expect(response.headers["Content-Encoding"] == "gzip")
      #expect(response.headers.values(of: "Content-Length") == ["5"])
      #expect(response.body == [0x1f, 0x8b, 0x08, 0x00, 0xff])
    }
  }

  /// Streams of events, of others, large responses and responses to HEAD have the same head.
  @Test(arguments: ["application/x-ndjson", "text/event-stream", "text/html"])
  func everyKindOfResponseHasTheSameFields(type: String) async throws {
    let ollama = try ScriptedOllama { request in
      var headers = Self.response
      headers.fields.removeAll { $0.name.hasPrefix("Content-") && $0.name != "Content-Security-Policy" }
      headers.add("Content-Type", type)
      if request.method == "HEAD" { return [.head(200, headers)] }
      return [.response(200, headers, Array((String(repeating: "x", count: 100_000) + "\n").utf8))]
    }
    try await withGateway(ollama: ollama, { $0.trustTheTest() }) { gateway, _ in
      for (method, path) in [("GET", "/api/tags"), ("POST", "/api/chat"), ("HEAD", "/api/tags")] {
        let response = try await TestClient.request(
          gateway.port, method, path, ["X-Request-Id": "mine"],
          body: method == "POST" ? Array(#"{"model":"m"}"#.utf8) : [])
        #expect(response.status == 200)
        expectSound(response.headers)
      }
    }
  }

  /// Errors, refusals and responses of the gateway's own have it too.
  @Test(arguments: [
    ("GET", "/health"), ("GET", "/nowhere"), ("GET", "/api/chat"), ("POST", "/api/pull"),
    ("GET", "/api/tags"),
    ("GET", "/api/v1/chat/sessions/none"), ("POST", "/v1/chat/completions"), ("GET", "/.."),
  ])
  func everyResponseHasARequestID(method: String, path: String) async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let own = try await TestClient.request(gateway.port, method, path, ["X-Request-Id": "a~!\"/1"])
      #expect(own.headers.values(of: "X-Request-Id") == ["a~!\"/1"])
      for bad in ["", "a b", String(repeating: "x", count: 129), "ü"] {
        let response = try await TestClient.request(gateway.port, method, path, ["X-Request-Id": bad])
        let id = try #require(response.headers["X-Request-Id"], "\(path), \(bad)")
        #expect(id.utf8.count == 32, "\(id)")
        #expect(response.headers.values(of: "X-Request-Id").count == 1)
      }
      let (first, second) = (
        try await TestClient.request(gateway.port, method, path),
        try await TestClient.request(gateway.port, method, path)
      )
      #expect(first.headers["X-Request-Id"] != second.headers["X-Request-Id"])
    }
  }
}
