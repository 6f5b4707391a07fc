import Configuration
import CZstd
import GatewayTesting
import Testing

/// Bodies in the coding zstd, and in others.
@Suite(.serialized) struct PackedBodyTests {
  private static func pack(_ content: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(content.count)) { buffer, count in
      count = ZSTD_compress(buffer.baseAddress, buffer.count, content, content.count, 3)
    }
  }

  private static let chats = [
    "/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/v1/new",
  ]

  @Test func ollamaGetsThemUnpacked() async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for path in Self.chats {
        for coding in ["zstd", "ZSTD", "identity, zstd", " zstd\t"] {
          let text = #"{"model":"m","input":"\#(String(repeating: "many words ", count: 20_000))"}"#
          let response = try await TestClient.request(
            gateway.port, "POST", path, ["Content-Encoding": coding, "Content-Type": "application/json"],
            body: Self.pack(Array(text.utf8)))
          #expect(response.status == 200, "\(path) \(response.text)")
          let seen = try #require(ollama.requests.last)
          #expect(seen.text == text && seen.headers["Content-Encoding"] == nil)
          #expect(seen.headers["Content-Length"] == "\(text.utf8.count)")
        }
      }
      // What is no JSON passes as well.
      let audio = [UInt8](repeating: 0xFF, count: 1000)
      let response = try await TestClient.request(
        gateway.port, "POST", "/v1/audio/transcriptions", ["Content-Encoding": "zstd"], body: Self.pack(audio)
      )
      #expect(response.status == 200 && ollama.requests.last?.body.count == 1000)
    }
  }

  @Test func theyAreReadLikeOthers() async throws {
    try await withGateway({ $0.allowCloudModels = false }) { gateway, ollama in
      for (text, status) in [(#"{"model":"m:cloud"}"#, 403), ("[]", 400), (#"{"model":5}"#, 400)] {
        let response = try await TestClient.request(
          gateway.port, "POST", "/v1/chat/completions", ["Content-Encoding": "zstd"],
          body: Self.pack(Array(text.utf8)))
        #expect(response.status == status, "\(text)")
      }
      #expect(ollama.requests.isEmpty)
    }
  }

  @Test func otherCodingsAreRefused() async throws {
    try await withGateway({ $0.allowModelManagement = true }) { gateway, ollama in
      for (path, coding, taken) in [
        ("/v1/chat/completions", "gzip", "zstd"), ("/v1/new", "zstd, zstd", "zstd"),
        ("/v1/messages", "x-zstd", "zstd"),
        ("/v1/responses", "br, identity", "zstd"), ("/api/chat", "zstd", "identity"),
        ("/api/new", "gzip", "identity"),
        ("/api/blobs/sha256:01", "zstd", "identity"), ("/api/v1/chat", "zstd", "identity"),
        ("/api/v1/chat/token", "deflate", "identity"),
      ] {
        let response = try await TestClient.request(
          gateway.port, "POST", path, ["Content-Encoding": coding], body: Self.pack(Array("{}".utf8)))
        #expect(response.status == 415, "\(path) \(coding)")
        #expect(response.headers["Accept-Encoding"] == taken)
        RelayErrorsTests.expectForm(of: path, response)
      }
      #expect(ollama.requests.isEmpty)
      // Of no content the coding says nothing.
      let empty = try await TestClient.request(
        gateway.port, "GET", "/api/tags", ["Content-Encoding": "gzip"])
      #expect(empty.status == 200)
      let plain = try await TestClient.post(
        gateway.port, "/api/show", json: #"{"model":"m"}"#, ["Content-Encoding": "identity"])
      #expect(plain.status != 415 && ollama.requests.last?.headers["Content-Encoding"] == nil)
    }
  }

  @Test func whatCannotBeUnpacked() async throws {
    try await withGateway({ $0.maxBodyBytes = 1 << 20 }) { gateway, ollama in
      let whole = Self.pack(Array(#"{"model":"m"}"#.utf8))
      let large = Self.pack([UInt8](repeating: 0x78, count: (1 << 20) + 1))
      for (body, status) in [
        (Array("{}".utf8), 400), (Array(whole.dropLast()), 400), (whole + [0], 400), (large, 413),
      ] {
        let response = try await TestClient.request(
          gateway.port, "POST", "/v1/chat/completions", ["Content-Encoding": "zstd"], body: body)
        #expect(response.status == status)
        RelayErrorsTests.expectForm(of: "/v1/chat/completions", response)
      }
      #expect(ollama.requests.isEmpty)
      let atLimit = try await TestClient.request(
        gateway.port, "POST", "/v1/new", ["Content-Encoding": "zstd"],
        body: Self.pack([UInt8](repeating: 0x78, count: 1 << 20)))
      #expect(atLimit.status == 404 && ollama.requests.last?.body.count == 1 << 20)
    }
  }

  /// A small body that becomes a large one counts as that, until its exchange ends.
  @Test func theyCountInTheBudget() async throws {
    let ollama = try ScriptedOllama { _ in
      [.gate("go"), .response(200, ["Content-Type": "application/json"], [0x31])]
    }
    try await withGateway(ollama: ollama, { $0.workers = 1 }) { gateway, ollama in
      let count = 24 << 20
      let body = Self.pack([UInt8](repeating: 0x78, count: count))
      #expect(body.count < 64 * 1024)
      let client = try await TestClient.connect(gateway.port)
      try await client.perform {
        try $0.sendRequest(
          "POST", "/v1/new", ["Content-Encoding": "zstd", "Content-Length": "\(body.count)"], body: body)
      }
      try await ollama.wait("the request is at Ollama") { $0.requestCount == 1 }
      #expect(try await Self.heldBytes(gateway) >= count)
      ollama.open("go")
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.status == 200)
      try await eventually("nothing is held") { try await Self.heldBytes(gateway) < 1 << 20 }
    }
  }

  /// Many that are whole at once, packed, as JSON and as forms, share the loop's time and all come through.
  @Test func manyAtOnceAllHaveResponses() async throws {
    try await withGateway(
      ollama: ScriptedOllama { .json("\($0.body.count)") },
      {
        $0.workers = 1
        $0.allowCloudModels = false
      }
    ) { gateway, _ in
      let members = String(repeating: #","m":1"#, count: 20_000)
      let json = Array((#"{"model":"m""# + members + "}").utf8)
      let form = Array("--b\r\n\r\n\(members)\r\n--b--\r\n".utf8)
      let kinds: [(path: String, headers: TestHeaders, body: [UInt8], count: Int)] = [
        ("/v1/chat/completions", ["Content-Encoding": "zstd"], Self.pack(json), json.count),
        ("/v1/embeddings", [:], json, json.count),
        ("/v1/audio/transcriptions", ["Content-Type": "multipart/form-data; boundary=b"], form, form.count),
      ]
      var clients: [(client: TestClient, last: UInt8, count: Int)] = []
      for number in 0..<30 {
        let kind = kinds[number % kinds.count]
        let client = try await TestClient.connect(gateway.port)
        let bytes = TestClient.requestBytes("POST", kind.path, kind.headers, body: kind.body)
        try await client.perform { try $0.send(Array(bytes.dropLast())) }
        clients.append((client, try #require(bytes.last), kind.count))
      }
      for (client, last, _) in clients { try await client.perform { try $0.send([last]) } }
      for (client, _, count) in clients {
        let response = try await client.perform { try $0.readResponse() }
        #expect(response.status == 200 && response.text == "\(count)")
      }
    }
  }

  private static func heldBytes(_ gateway: RunningGateway) async throws -> Int {
    let metrics = try await TestClient.get(gateway.port, "/metrics").text
    let line = metrics.split(separator: "\n").first {
      $0.hasPrefix("ollama_gateway_memory_bytes{") && $0.contains("\"bodies\"")
    }
    let number = try #require(line?.split(separator: " ").last)
    return Int(try #require(Double(number)))
  }
}
