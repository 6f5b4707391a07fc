import Configuration
import GatewayTesting
import Testing

/// What passes through as it is: method, path, query, body, status.
@Suite(.serialized) struct RelayPathsTests {
  private static let json: [(method: String, path: String)] = [
    ("POST", "/api/generate"), ("POST", "/api/chat"), ("POST", "/api/embed"), ("POST", "/api/embeddings"),
    ("POST", "/api/show"), ("POST", "/api/pull"), ("POST", "/api/push"), ("POST", "/api/create"),
    ("POST", "/api/copy"), ("DELETE", "/api/delete"), ("POST", "/v1/chat/completions"),
    ("POST", "/v1/completions"), ("POST", "/v1/embeddings"), ("POST", "/v1/responses"),
    ("POST", "/v1/messages"), ("POST", "/v1/audio/transcriptions"), ("POST", "/api/blobs/sha256:0123"),
  ]
  private static let bodyless: [(method: String, path: String)] = [
    ("GET", "/api/tags"), ("GET", "/api/ps"), ("GET", "/api/version"), ("GET", "/v1/models"),
    ("GET", "/v1/models/hf.co/owner/model:Q4"),
  ]

  @Test func requestsWithABody() async throws {
    let content = #"{"answer":"ü and \" and more"}"#
    let ollama = try ScriptedOllama { request in
      .json(content, status: request.path.contains("blobs") ? 201 : 200)
    }
    try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, ollama in
      for (number, (method, path)) in Self.json.enumerated() {
        let body = #"{"model":"m","keep_alive":0,"number":\#(number),"text":"größer"}"#
        let response = try await TestClient.request(
          gateway.port, method, path + "?a=1&b=%2F+x&c", ["Content-Type": "application/x-test"],
          body: Array(body.utf8))
        #expect(response.status == (path.contains("blobs") ? 201 : 200), "\(path)")
        #expect(response.text == content, "\(path)")
        let seen = try #require(ollama.requests.last)
        #expect(seen.method == method)
        #expect(seen.target == path + "?a=1&b=%2F+x&c")
        #expect(seen.text == body)
        #expect(seen.headers["Content-Type"] == "application/x-test", "\(path)")
        #expect(seen.headers["Host"] == "127.0.0.1:\(ollama.port)")
      }
      #expect(ollama.requests.count == Self.json.count)
    }
  }

  @Test("Requests without a body pass") func requestsWithout() async throws {
    let ollama = try ScriptedOllama { _ in .json("[1,2,3]") }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for (method, path) in Self.bodyless {
        let response = try await TestClient.request(gateway.port, method, path + "?x=%20")
        #expect(response.status == 200, "\(path)")
        #expect(response.text == "[1,2,3]")
        let seen = try #require(ollama.requests.last)
        #expect(seen.method == method)
        #expect(seen.target == path + "?x=%20")
        #expect(seen.body.count == 0)
        #expect(seen.headers["Content-Length"] == nil)
        #expect(seen.headers["Content-Type"] == nil)
      }
    }
  }

  @Test func headIsAskedAsHeadAndGetsNoContent() async throws {
    let ollama = try ScriptedOllama { request in
      [.head(request.path.contains("blobs") ? 404 : 200, ["Content-Length": "1234", "OpenAI-Own": "a"])]
    }
    try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, ollama in
      for (path, status) in [("/api/tags", 200), ("/api/version", 200), ("/api/blobs/sha256:01", 404)] {
        let (first, second) = try await TestClient.run(gateway.port) { connection in
          // The second request shows that the first response had no content.
          (try connection.request("HEAD", path), try connection.request("HEAD", path))
        }
        for response in [first, second] {
          #expect(response.status == status)
          #expect(response.body.isEmpty)
          #expect(response.headers["Content-Length"] == "1234")
          #expect(response.headers["OpenAI-Own"] == "a")
        }
        #expect(ollama.requests.last?.method == "HEAD")
        #expect(ollama.requests.last?.target == path)
      }
    }
  }

  /// Ollama would respond to a slash at the end with a redirect.
  @Test func aSlashAtTheEndIsTheSameRoute() async throws {
    try await withGateway { gateway, ollama in
      let tags = try await TestClient.get(gateway.port, "/api/tags/?a")
      #expect(tags.status == 200)
      #expect(ollama.requests.last?.target == "/api/tags?a")
      let chat = try await TestClient.post(
        gateway.port, "/api/chat/",
        json: #"{"model":"tinyllama","messages":[{"role":"user"}],"stream":false}"#)
      #expect(chat.status == 200)
      #expect(ollama.requests.last?.target == "/api/chat")
      for path in [
        "/health/", "/health/detailed/", "/health/ready/", "/api/v1/chat/sessions/", "/api/v1/chat/models/",
      ] {
        #expect(try await TestClient.get(gateway.port, path).status == 200, "\(path)")
      }
    }
  }

  @Test func anEscapedPathGoesOnAsItCame() async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let response = try await TestClient.get(gateway.port, "/v1/models/a%2Fb%3Ac%20d")
      #expect(response.status == 200)
      #expect(ollama.requests.last?.target == "/v1/models/a%2Fb%3Ac%20d")
    }
  }

  @Test func aBodyOfAnySizeGoesThroughABlob() async throws {
    let ollama = try ScriptedOllama()
    try await withGateway(
      ollama: ollama,
      {
        $0.allowModelManagement = true
        $0.maxBodyBytes = 1 << 20
      }
    ) { gateway, ollama in
      let size = 5 << 20
      let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      let created = try await TestClient.request(
        gateway.port, "POST", "/api/blobs/sha256:00aa", ["Content-Type": "application/octet-stream"],
        body: content)
      #expect(created.status == 201)
      let seen = try #require(ollama.requests.last)
      #expect(seen.body.count == size)
      #expect(seen.body.digest == ByteDigest(of: content))
      #expect(seen.headers["Content-Length"] == "\(size)")
      let chunked = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest("POST", "/api/blobs/sha256:00bb", ["Transfer-Encoding": "chunked"])
        for start in stride(from: 0, to: size, by: 100_000) {
          try connection.sendChunk(Array(content[start..<min(size, start + 100_000)]))
        }
        try connection.endChunks()
        return try connection.readResponse()
      }
      #expect(chunked.status == 201)
      #expect(ollama.requests.last?.body.digest == ByteDigest(of: content))
      let there = try await TestClient.request(gateway.port, "HEAD", "/api/blobs/sha256:00bb")
      #expect(there.status == 200)
    }
  }

  /// Both ends keep their connections.
  @Test func connectionsAreUsedAgain() async throws {
    try await withGateway { gateway, ollama in
      try await TestClient.run(gateway.port) { connection in
        for _ in 0..<20 {
          let response = try connection.get("/api/version")
          #expect(response.status == 200)
          #expect(response.headers["Connection"] != "close")
        }
      }
      #expect(ollama.snapshot.acceptedConnections == 1)
      #expect(ollama.requests.count == 20)
    }
  }
}
