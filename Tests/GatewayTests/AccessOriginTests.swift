import Access
import Configuration
import GatewayTesting
import Testing

/// Who may ask: Host, Origin, fetch metadata; and what CORS lets a page read.
@Suite(.serialized) struct AccessOriginTests {
  private static let page = "http://localhost:3000"

  /// What the official JavaScript clients of OpenAI and Anthropic ask leave for.
  private static let clientHeaders = [
    "authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-os,x-stainless-package-version,"
      + "x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout",
    "anthropic-beta,anthropic-dangerous-direct-browser-access,anthropic-version,content-type,x-api-key,"
      + "x-stainless-arch,x-stainless-helper-method,x-stainless-lang,x-stainless-os,x-stainless-package-version,"
      + "x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout",
    "openai-organization,openai-project,idempotency-key,last-event-id,traceparent,x-request-id",
  ]

  @Test("Preflights of allowed origins are granted", arguments: clientHeaders)
  func preflights(headers: String) async throws {
    try await withGateway { gateway, ollama in
      try await TestClient.run(gateway.port) { connection in
        for path in ["/v1/chat/completions", "/v1/messages", "/api/chat", "/api/v1/chat", "/nowhere"] {
          let response = try connection.request(
            "OPTIONS", path,
            [
              "Origin": Self.page, "Access-Control-Request-Method": "POST",
              "Access-Control-Request-Headers": headers,
            ])
          #expect(response.status == 204, "\(path)")
          #expect(response.body.isEmpty)
          #expect(response.headers.values(of: "Access-Control-Allow-Origin") == [Self.page])
          let allowed = response.headers["Access-Control-Allow-Headers"]?.lowercased().split(separator: ",")
            .map { $0.drop { $0 == " " } }
          for header in headers.split(separator: ",") {
            #expect(allowed?.contains(header[...]) == true, "\(header)")
          }
          #expect(response.headers["Access-Control-Allow-Methods"]?.contains("POST") == true)
          #expect(response.headers["Access-Control-Max-Age"] == "7200")
          #expect(response.headers["Vary"]?.contains("Origin") == true)
          #expect(response.headers["X-Request-Id"] != nil)
        }
      }
      #expect(ollama.snapshot.requestCount == 0, "CORS is the gateway's own")
    }
  }

  @Test func aPreflightOfAForeignPageIsRefused() async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.request(
        gateway.port, "OPTIONS", "/api/chat",
        ["Origin": "https://evil.example", "Access-Control-Request-Method": "POST"])
      #expect(response.status == 403)
      #expect(response.headers["Access-Control-Allow-Origin"] == nil)
    }
  }

  /// Success and error, whole and streamed, of the gateway and of Ollama: a page may read all of it.
  @Test func everyResponseToAnAllowedPageSaysSo() async throws {
    let ollama = try ScriptedOllama { request in
      switch request.json["model"].string {
      case "broken": .cutBeforeHead()
      case "missing": .modelNotFound("missing")
      default: OllamaResponses().script(for: request)
      }
    }
    try await withGateway(ollama: ollama, { $0.maxBodyBytes = 10_000 }) { gateway, _ in
      func chat(_ model: String) -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"x"}]}"#
      }
      let large = String(repeating: "x", count: 20_000)
      let requests: [(method: String, path: String, body: String?, status: Int)] = [
        ("GET", "/health", nil, 200), ("GET", "/api/tags", nil, 200), ("HEAD", "/api/version", nil, 200),
        ("POST", "/api/chat", chat("tinyllama"), 200), ("POST", "/api/v1/chat", #"{"message":"x"}"#, 200),
        ("POST", "/api/v1/chat", #"{"message":"x","stream":true}"#, 200),
        ("GET", "/nowhere", nil, 404), ("GET", "/api/chat", nil, 405), ("POST", "/api/pull", "{}", 403),
        ("POST", "/api/chat", "{", 400), ("POST", "/api/chat", chat("missing"), 404),
        ("POST", "/api/chat", chat("broken"), 502), ("POST", "/api/chat", large, 413),
        ("POST", "/api/v1/chat", "{}", 422), ("GET", "/api/v1/chat/sessions/none", nil, 404),
      ]
      for (method, path, body, status) in requests {
        let response = try await TestClient.request(
          gateway.port, method, path, ["Origin": Self.page], body: body.map { Array($0.utf8) })
        #expect(response.status == status, "\(method) \(path) \(body?.prefix(50) ?? "")")
        #expect(
          response.headers.values(of: "Access-Control-Allow-Origin") == [Self.page],
          "\(method) \(path) \(status): \(response)")
        #expect(response.headers["Access-Control-Expose-Headers"]?.contains("X-Request-Id") == true)
        #expect(response.headers["Vary"]?.contains("Origin") == true)
      }
    }
  }

  @Test func withoutAnOriginThereIsNoCORS() async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.get(gateway.port, "/api/tags")
      #expect(response.status == 200)
      #expect(!response.headers.names.contains { $0.lowercased().hasPrefix("access-control") })
    }
  }

  @Test(arguments: [
    "/api/tags", "/v1/models", "/v1/messages", "/api/v1/chat/sessions", "/health", "/nowhere",
  ])
  func aForeignPageIsRefusedAndNothingReachesOllama(path: String) async throws {
    try await withGateway { gateway, ollama in
      for origin in [
        "https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
      ] {
        let response = try await TestClient.get(gateway.port, path, ["Origin": origin])
        #expect(response.status == 403, "\(origin)")
        RelayErrorsTests.expectForm(of: path, response)
        #expect(response.headers["Access-Control-Allow-Origin"] == nil)
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  /// DNS rebinding: the page's own name leads here.
  @Test(arguments: ["evil.example", "evil.example:10200", "localhost.evil.example", "10.0.0.1"])
  func aForeignHostIsRefused(host: String) async throws {
    try await withGateway { gateway, ollama in
      for path in ["/api/tags", "/v1/models", "/health", "/api/v1/chat/sessions"] {
        let response = try await TestClient.get(gateway.port, path, ["Host": host])
        #expect(response.status == 403, "\(path)")
        RelayErrorsTests.expectForm(of: path, response)
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  @Test func whatIsNoHostIsMalformed() async throws {
    try await withGateway { gateway, ollama in
      for host in ["", "a b", "user@localhost", "[::1", "localhost:99999"] {
        let response = try await TestClient.get(gateway.port, "/api/tags", ["Host": host])
        #expect(response.status == 400, "\(host)")
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  @Test func ownNamesAreFine() async throws {
    try await withGateway { gateway, _ in
      for host in ["localhost", "127.0.0.1:\(gateway.port)", "[::1]:80", "LOCALHOST.:1", "app.localhost"] {
        let response = try await TestClient.get(gateway.port, "/api/tags", ["Host": host])
        #expect(response.status == 200, "\(host)")
      }
    }
  }

  /// Images and scripts of a foreign page come without an Origin.
  @Test func crossSiteRequestsWithoutAnOrigin() async throws {
    try await withGateway { gateway, ollama in
      let image = try await TestClient.get(
        gateway.port, "/api/tags", ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"])
      #expect(image.status == 403)
      #expect(ollama.snapshot.requestCount == 0)
      let link = try await TestClient.get(
        gateway.port, "/api/tags", ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"])
      #expect(link.status == 200)
      for site in ["same-origin", "same-site", "none"] {
        let response = try await TestClient.get(gateway.port, "/api/tags", ["Sec-Fetch-Site": site])
        #expect(response.status == 200, "\(site)")
      }
    }
  }

  @Test func theOperatorMayAllowMore() async throws {
    try await withGateway({
      $0.allowedHosts = [HostPattern("*.corp.example")!]
      $0.allowedOrigins = [OriginPattern("https://app.example")!]
    }) { gateway, ollama in
      let response = try await TestClient.get(
        gateway.port, "/api/tags", ["Host": "gw.corp.example", "Origin": "https://app.example"])
      #expect(response.status == 200)
      #expect(response.headers["Access-Control-Allow-Origin"] == "https://app.example")
      // Ollama would respond with 403 to a foreign one.
      #expect(ollama.requests.last?.headers["Origin"] == nil)
      let other = try await TestClient.get(
        gateway.port, "/api/tags", ["Host": "gw.corp.example", "Origin": "https://other.example"])
      #expect(other.status == 403)
      // A page of the host's own is no foreign one.
      let own = try await TestClient.get(
        gateway.port, "/api/tags", ["Host": "gw.corp.example", "Origin": "https://gw.corp.example"])
      #expect(own.status == 200)
    }
  }

  @Test func everythingMayBeAllowed() async throws {
    try await withGateway({
      $0.allowedHosts = [.any]
      $0.allowedOrigins = [.any]
    }) { gateway, _ in
      for origin in ["https://evil.example", "null"] {
        let response = try await TestClient.get(
          gateway.port, "/api/tags", ["Host": "evil.example", "Origin": origin])
        #expect(response.status == 200)
        #expect(response.headers["Access-Control-Allow-Origin"] == origin)
      }
    }
  }
}
