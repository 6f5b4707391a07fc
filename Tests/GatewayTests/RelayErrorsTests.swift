import Configuration
import GatewayTesting
import Testing

/// The forms and statuses of errors.
@Suite(.serialized) struct RelayErrorsTests {
  /// That a response is an error in the form of its API, with a sentence in it.
  static func expectForm(of path: String, _ response: TestClient.Response) {
    let sentence: TestJSON
    if path.hasPrefix("/v1/messages") {
      #expect(response.json.keys == ["error", "request_id", "type"])
      #expect(response.json["request_id"].string == response.headers["request-id"])
      #expect(response.headers["request-id"] == response.headers["X-Request-Id"])
      #expect(response.json["type"] == "error")
      #expect(response.json["error"].keys == ["message", "type"])
      #expect(response.json["error"]["type"].string?.isEmpty == false)
      sentence = response.json["error"]["message"]
      #expect(response.headers["Content-Type"] == "application/json")
    } else if path.hasPrefix("/v1") {
      #expect(response.json.keys == ["error"])
      #expect(response.json["error"].keys == ["code", "message", "param", "type"])
      sentence = response.json["error"]["message"]
      #expect(response.headers["Content-Type"] == "application/json")
    } else if path.hasPrefix("/api") && !path.hasPrefix("/api/v1") {
      #expect(response.json.keys == ["error"])
      sentence = response.json["error"]
      #expect(response.headers["Content-Type"] == "application/json")
    } else {
      let faults = response.status == 422 ? ["errors"] : []
      #expect(
        response.json.keys == (["detail"] + faults + ["instance", "request_id", "status", "title", "type"]))
      #expect(response.json["errors"].array.allSatisfy { $0["msg"] == response.json["detail"] })
      #expect(response.json["status"] == .number(Double(response.status)))
      #expect(response.json["instance"].string?.isEmpty == false)
      #expect(response.json["request_id"].string == response.headers["X-Request-Id"])
      #expect(response.json["title"].string?.isEmpty == false)
      sentence = response.json["detail"]
      #expect(response.headers["Content-Type"] == "application/problem+json")
    }
    #expect(sentence.string?.isEmpty == false, "\(path): \(response)")
  }

  @Test(
    "Unknown paths are 404 in the form of their API",
    arguments: [
      "/nowhere", "/api", "/api/v1", "/api/v1/unknown", "/v1", "/favicon.ico", "/api%2F%2Fx",
      "/%2Fapi/x", "/api/v1/", "/api/v1/%2F", "/API/tags", "/%61pi/v1/x",
    ])
  func unknownPaths(path: String) async throws {
    try await withGateway { gateway, ollama in
      for method in ["GET", "POST", "DELETE", "PUT"] {
        let response = try await TestClient.request(gateway.port, method, path)
        #expect(response.status == 404)
        Self.expectForm(of: path, response)
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  @Test(
    "Wrong methods are 405 in the form of their API",
    arguments: [
      ("GET", "/api/chat", "POST, OPTIONS"), ("DELETE", "/api/tags", "GET, HEAD, OPTIONS"),
      ("PUT", "/v1/models", "GET, HEAD, OPTIONS"), ("GET", "/v1/messages", "POST, OPTIONS"),
      ("POST", "/health", "GET, HEAD, OPTIONS"),
      ("PATCH", "/api/v1/chat/sessions/x", "GET, DELETE, HEAD, OPTIONS"),
      ("BREW", "/api/blobs/x", "HEAD, POST, OPTIONS"),
    ])
  func wrongMethods(method: String, path: String, allow: String) async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.request(gateway.port, method, path, body: [0x7b, 0x7d])
      #expect(response.status == 405)
      #expect(response.headers["Allow"] == allow)
      Self.expectForm(of: path, response)
      let options = try await TestClient.request(gateway.port, "OPTIONS", path)
      #expect(options.status == 204)
      #expect(options.headers["Allow"] == allow)
      #expect(options.body.isEmpty)
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  @Test(arguments: ["/api/chat", "/v1/chat/completions", "/v1/messages", "/api/v1/chat"])
  func malformedAndTooLarge(path: String) async throws {
    try await withGateway({ $0.maxBodyBytes = 1000 }) { gateway, ollama in
      let malformed = try await TestClient.post(gateway.port, path, json: #"{"model":"#)
      #expect(malformed.status == 400)
      Self.expectForm(of: path, malformed)
      let long = #"{"model":"m","message":"\#(String(repeating: "x", count: 1000))"}"#
      let large = try await TestClient.post(gateway.port, path, json: long)
      #expect(large.status == 413)
      Self.expectForm(of: path, large)
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  /// Ollama's own words, whatever the status.
  @Test(arguments: [
    ("/api/chat", 400, #"{"error":"invalid options"}"#),
    ("/api/chat", 404, #"{"error":"model 'x' not found"}"#),
    ("/api/show", 401, #"{"error":"unauthorized"}"#),
    ("/api/generate", 500, #"{"error":"llama runner died"}"#),
    ("/api/chat", 503, #"{"error":"server busy"}"#), ("/v1/messages", 429, #"{"type":"error","error":{}}"#),
    ("/v1/chat/completions", 404, #"{"error":{"message":"no","type":"api_error","param":null,"code":null}}"#),
  ])
  func ollamasErrorsPass(path: String, status: Int, body: String) async throws {
    let ollama = try ScriptedOllama { _ in .json(body, status: status) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let response = try await TestClient.post(gateway.port, path, json: #"{"model":"x","stream":true}"#)
      #expect(response.status == status)
      #expect(response.text == body)
      #expect(response.headers["Content-Type"] == "application/json; charset=utf-8")
    }
  }

  /// An Ollama that is older than the client, and does not know the path.
  @Test(arguments: ["/api/embed", "/v1/responses", "/v1/messages"])
  func aPlain404IsExplained(path: String) async throws {
    let ollama = try ScriptedOllama { _ in .text("404 page not found", status: 404) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let response = try await TestClient.post(gateway.port, path, json: #"{"model":"x"}"#)
      #expect(response.status == 404)
      Self.expectForm(of: path, response)
      #expect(response.text.contains("404 page not found"))
      #expect(response.text.contains("newer version"))
    }
  }

  /// However long it is, its beginning is told.
  @Test(arguments: ["/api/chat", "/v1/embeddings", "/v1/messages"], [404, 500])
  func aLongPlainErrorIsToldInPart(path: String, status: Int) async throws {
    let ollama = try ScriptedOllama { request in
      request.path == "/api/version"
        ? .json(#"{"version":"1"}"#)
        : .text("out of order " + String(repeating: "x", count: 100_000), status: status)
    }
    try await withGateway(ollama: ollama) { gateway, _ in
      let response = try await TestClient.post(gateway.port, path, json: #"{"model":"x"}"#)
      #expect(response.status == status)
      Self.expectForm(of: path, response)
      #expect(response.text.contains("out of order x") && response.body.count < 1000)
    }
  }

  private static let paths = ["/api/chat", "/v1/chat/completions", "/v1/messages"]

  /// Of a response whose words are the gateway's, the fields that do not tell of the words stay Ollama's.
  @Test(arguments: paths, [401, 429, 500, 503])
  func aPlainErrorKeepsItsFields(path: String, status: Int) async throws {
    let kept: TestHeaders = [
      "Retry-After": "7", "Retry-After-Ms": "6500", "WWW-Authenticate": "Bearer", "X-Should-Retry": "true",
      "X-RateLimit-Remaining-Requests": "0", "Request-Id": "ollamas", "Anthropic-Organization-Id": "a",
    ]
    let dropped: TestHeaders = [
      "Content-Type": "text/plain", "Content-Language": "de", "ETag": "\"x\"", "Last-Modified": "x",
      "Set-Cookie": "a=1", "OpenAI-Named": "1", "Connection": "OpenAI-Named",
    ]
    var headers = kept
    headers.fields += dropped.fields
    let fields = headers
    let ollama = try ScriptedOllama { _ in [.response(status, fields, Array("slow down".utf8))] }
    try await withGateway(ollama: ollama) { gateway, _ in
      let response = try await TestClient.post(gateway.port, path, json: #"{"model":"x"}"#)
      #expect(response.status == status)
      Self.expectForm(of: path, response)
      #expect(response.text.contains("slow down"))
      for field in kept.fields {
        // On that path the gateway's words have the gateway's id.
        let isOurs = field.name == "Request-Id" && path == "/v1/messages"
        let value = isOurs ? response.headers["X-Request-Id"] ?? "" : field.value
        #expect(response.headers.values(of: field.name) == [value])
      }
      for field in dropped.fields where !["Content-Type", "Connection"].contains(field.name) {
        #expect(response.headers[field.name] == nil, "\(field.name)")
      }
      #expect(response.headers.values(of: "Content-Type").count == 1)
      #expect(response.headers["X-Content-Type-Options"] == "nosniff")
    }
  }

  /// Whether or not the words are Ollama's.
  @Test(arguments: paths, ["application/json", "text/plain"])
  func whoIsBusySaysWhenToComeAgain(path: String, type: String) async throws {
    let ollama = try ScriptedOllama()
    try await withGateway(ollama: ollama) { gateway, ollama in
      for status in [401, 429, 500, 503] {
        ollama.respond { _ in .response(status, type: type, Array(#"{"error":"busy"}"#.utf8)) }
        let response = try await TestClient.post(gateway.port, path, json: #"{"model":"x"}"#)
        #expect(response.status == status)
        #expect(response.headers.values(of: "Retry-After") == (status == 429 || status == 503 ? ["5"] : []))
      }
    }
  }

  @Test(arguments: paths)
  func anUnreachableOllama(path: String) async throws {
    try await withoutOllama { gateway in
      let response = try await TestClient.post(gateway.port, path, json: #"{"model":"x"}"#)
      #expect(response.status == 503)
      #expect(response.headers["Retry-After"] != nil)
      Self.expectForm(of: path, response)
      #expect(!response.text.contains("127.0.0.1"), "where Ollama is, is not the client's business")
    }
  }
}
