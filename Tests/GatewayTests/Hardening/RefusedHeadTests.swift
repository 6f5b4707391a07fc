import Configuration
import GatewayTesting
import Testing

/// Heads that a gateway must refuse: with the right status, the connection closed, and nothing of it reaching Ollama, not
/// even as another request.
@Suite struct RefusedHeadTests {
  /// A request that the gateway would relay if it took it for one.
  static let hidden = "GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n"

  /// Sends each head, with a sound request after it, on a connection of its own.
  ///
  /// - Parameter status: those that will do.
  private func expectRefused(
    _ heads: [String], status: Set<Int> = [400], after body: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await withGateway { gateway, ollama in
      for head in heads {
        let exchange = try await RawExchange.send(head + "\r\n" + body + Self.hidden, to: gateway.port)
        let comment = Comment("\(head.debugDescription.prefix(200)): \(exchange)")
        #expect(
          status.contains(exchange.response?.status ?? 0), comment, sourceLocation: sourceLocation)
        #expect(exchange.isClosed, comment, sourceLocation: sourceLocation)
        #expect(
          exchange.response?.headers.values(of: "X-Request-Id").count == 1, comment,
          sourceLocation: sourceLocation)
        #expect(ollama.snapshot.requestCount == 0, comment, sourceLocation: sourceLocation)
      }
      // Nothing is on its way either: what comes now is the first.
      #expect(try await TestClient.get(gateway.port, "/api/version").status == 200)
      #expect(ollama.requests.map(\.path) == ["/api/version"], sourceLocation: sourceLocation)
    }
  }

  private func post(_ fields: String..., version: String = "1.1") -> String {
    "POST /api/chat HTTP/\(version)\r\nHost: localhost\r\n" + fields.map { $0 + "\r\n" }.joined()
  }

  private func get(_ target: String = "/api/tags", _ fields: String...) -> String {
    "GET \(target) HTTP/1.1\r\nHost: localhost\r\n" + fields.map { $0 + "\r\n" }.joined()
  }

  // MARK: Framing

  @Test("Two lengths of a body are refused") func twoLengths() async throws {
    try await expectRefused([
      post("Content-Length: 2", "Content-Length: 2"), post("Content-Length: 2", "content-length: 45"),
      post("Content-Length: 0", "X: y", "Content-Length: 2"),
    ])
  }

  @Test func lengthBesideTransferEncoding() async throws {
    try await expectRefused(
      [
        post("Content-Length: 5", "Transfer-Encoding: chunked"),
        post("Transfer-Encoding: chunked", "Content-Length: 5"),
        post("Transfer-Encoding: chunked", "X: y", "content-length: 0"),
      ], after: "0\r\n\r\n")
  }

  @Test("Transfer codings other than chunked are refused") func transferEncodings() async throws {
    try await expectRefused(
      [
        post("Transfer-Encoding: gzip, chunked"), post("Transfer-Encoding: chunked, gzip"),
        post("Transfer-Encoding: identity"), post("Transfer-Encoding: xchunked"), post("Transfer-Encoding: "),
        post("Transfer-Encoding: chunked;a=b"), post("Transfer-Encoding: \"chunked\""),
        post("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
      ], status: [501], after: "0\r\n\r\n")
    try await expectRefused(
      [
        post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        post("Transfer-Encoding: chunked", version: "1.0"), post("Transfer-Encoding: \u{b}chunked"),
        post("Transfer-Encoding : chunked"), post(" Transfer-Encoding: chunked"),
        post("Transfer-Encoding:\r\n chunked"), post("Transfer-Encoding: chunked\0"),
      ], after: "0\r\n\r\n")
  }

  @Test func lengthsThatAreNoNumber() async throws {
    let garbage = ["+5", "-5", "5,5", "5, 5", "0x5", "5 5", "5;", "five", "5.0", "", "\u{b}5"]
    try await expectRefused(garbage.map { post("Content-Length: \($0)") }, after: "hello")
    try await expectRefused(
      ["99999999999999999999", "18446744073709551621", "9223372036854775808", "1234567890123456789"].map {
        post("Content-Length: \($0)")
      }, status: [400, 413], after: "hello")
    try await expectRefused(
      [post("Content-Length : 5"), post("Content-Length:\r\n 5"), post("Content-Length: 5\0")], after: "hello"
    )
  }

  // MARK: Host

  @Test("Bad Host fields are refused") func hosts() async throws {
    try await expectRefused([
      "GET /api/tags HTTP/1.1\r\n", "GET /api/tags HTTP/1.1\r\nX-Host: localhost\r\n",
      get("/api/tags", "Host: localhost"), get("/api/tags", "hOST: evil.example"),
      "GET /api/tags HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n",
    ])
  }

  // MARK: Fields

  @Test func namesThatAreNoTokens() async throws {
    try await expectRefused(
      [
        "X : y", "X\t: y", "X Y: z", "X\tY: z", " X: y", "X(a): y", "X/Y: z", "X=Y: z", "X@: y", "\"X\": y",
        "Ä: y",
      ]
      .map { get("/api/tags", $0) })
    try await expectRefused([get("/api/tags", ": y"), "GET /api/tags HTTP/1.1\r\n: y\r\nHost: localhost\r\n"])
    try await expectRefused([get("/api/tags", "X")])
  }

  @Test("Control characters in a head are refused") func controlCharacters() async throws {
    try await expectRefused(
      ["X: a\0b", "X: a\0", "X: \0", "X: a\u{1}b", "X: \u{7f}", "X: a\rb", "X: a\u{1b}[0m", "Host\0: evil"]
        .map { get("/api/tags", $0) })
    try await expectRefused([
      get("/api/tags", "Host-Of: a", "X: y\0") + "Z: 1\r\n",
      "GET /api/tags HTTP/1.1\r\nHost: localhost\0evil\r\n",
      get("/api/ta\0gs"), get("/api/tags\0"), get("\0/api/tags"),
      "G\0ET /api/tags HTTP/1.1\r\nHost: localhost\r\n",
    ])
    try await expectRefused(["GET /api/tags HTTP/1.1\0\r\nHost: localhost\r\n"])
  }

  @Test("Folded lines are refused") func foldedLines() async throws {
    try await expectRefused([
      get("/api/tags", "X: a\r\n b"), get("/api/tags", "X: a\r\n\tb"), get("/api/tags", "X:\r\n a", "Y: b"),
      get("/api/tags", "X: a\r\n "), "GET /api/tags HTTP/1.1\r\n X: y\r\nHost: localhost\r\n",
      "GET /api/tags HTTP/1.1\r\nHost: localhost\r\n evil\r\n",
    ])
  }

  /// RFC 9112 section 2.2 lets a recipient take a bare line feed for a line's end. Where two servers in a row differ on
  /// it, one request becomes two; so we do not.
  @Test func bareLineFeeds() async throws {
    try await expectRefused([
      get("/api/tags", "X: a\nY: b"), "GET /api/tags HTTP/1.1\nHost: localhost\r\n",
      "GET /api/tags HTTP/1.1\r\nHost: localhost\n",
    ])
    try await withGateway { gateway, ollama in
      let exchange = try await RawExchange.send(
        "GET /api/tags HTTP/1.1\nHost: localhost\n\n", to: gateway.port)
      #expect(exchange.response?.status == 400)
      #expect(exchange.isClosed)
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  // MARK: Targets

  @Test func targetsThatAreNoPaths() async throws {
    try await expectRefused([
      get("http://localhost/api/tags"), get("HTTP://127.0.0.1/api/tags"),
      get("https://evil.example/api/tags"),
      get("//../api/tags"), get("api/tags"), get("?a=b"), get("localhost:11434"), get("*"),
      get("/api/tags#x"),
      "CONNECT localhost:11434 HTTP/1.1\r\nHost: localhost\r\n",
    ])
  }

  @Test("Dot segments of a path are refused") func dotSegments() async throws {
    try await expectRefused(
      [
        "/..", "/../api/tags", "/x/../api/tags", "/api/../api/tags", "/%2e%2e/api/tags", "/x/%2E%2e/api/tags",
        "/x/.%2e/api/tags", "/x/..%2fapi/tags", "/x%2f..%2fapi%2ftags", "/./api/tags", "/api/%2e/tags",
        "/api/tags/.",
        "/api/blobs/..%2f..%2fapi%2ftags", "/v1/models/../../api/tags",
      ].map { get($0) })
  }

  @Test("Bad escapes of a path are refused") func escapes() async throws {
    try await expectRefused(
      [
        "/api/%00tags", "/api/tags%00", "/api/%zz", "/api/%", "/api/%4", "/api/%ff", "/api/%c0%ae%c0%ae/",
        "/%c0%af",
        "/api/%u0041",
      ].map { get($0) })
    // Bytes that are no UTF-8.
    try await withGateway { gateway, ollama in
      let request = Array("GET /api/".utf8) + [0xff] + Array(" HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
      let exchange = try await RawExchange.send(request + Array(Self.hidden.utf8), to: gateway.port)
      #expect(exchange.response?.status == 400)
      #expect(exchange.isClosed)
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  /// A query that begins with a combining character still is one.
  @Test func aQueryIsFoundByteByByte() async throws {
    try await expectRefused([get("/api/../tags?\u{301}"), get("/%2e%2e?\u{301}=/x")])
  }

  // MARK: Request lines

  @Test("Bad request lines are refused") func requestLines() async throws {
    try await expectRefused(
      [
        "GET  /api/tags HTTP/1.1\r\nHost: localhost\r\n", "GET /api/tags  HTTP/1.1\r\nHost: localhost\r\n",
        get("/api/tags x"), get("/api/tags HTTP/1.1"), "G(T /api/tags HTTP/1.1\r\nHost: localhost\r\n",
        "GËT /api/tags HTTP/1.1\r\nHost: localhost\r\n",
      ])
    try await expectRefused(
      [
        "GET /api/tags HTTP/1.10\r\nHost: localhost\r\n", "GET /api/tags http/1.1\r\nHost: localhost\r\n",
        "GET /api/tags FOO/1.1\r\nHost: localhost\r\n", "GET /api/tags\r\n", "hello\r\n", " \r\n",
        "GET /api/tags HTTP/1.1 \r\nHost: localhost\r\n", "GET\t/api/tags\tHTTP/1.1\r\nHost: localhost\r\n",
      ], status: [400, 505])
  }

  @Test("Other protocols than HTTP are refused") func otherProtocols() async throws {
    try await expectRefused(
      [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n", "GET /api/tags HTTP/2.0\r\nHost: localhost\r\n",
        "GET /api/tags HTTP/0.9\r\nHost: localhost\r\n", "GET /api/tags HTTP/3\r\nHost: localhost\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n",
        "EHLO mail.example\r\nQUIT\r\n",
      ], status: [400, 505])
  }

  // MARK: Size

  @Test func tooLargeHeads() async throws {
    let large = String(repeating: "a", count: 80_000)
    let many = (0..<800).map { "X-\($0): \(String(repeating: "b", count: 95))\r\n" }.joined()
    try await expectRefused(
      [get("/api/tags", "X: \(large)"), get() + many, get("/api/tags", "\(large): x")], status: [431])
    try await expectRefused([get("/\(large)"), get("/api/tags?\(large)")], status: [414])
    try await expectRefused(
      ["\(large) / HTTP/1.1\r\nHost: localhost\r\n", large + "\r\n"], status: [400, 414, 431])
  }

  /// Around the limit, too, each head has a response: served, or 431.
  @Test(arguments: [12 << 10, 40 << 10])
  func headsAroundTheLimit(_ limit: Int) async throws {
    try await withGateway {
      $0.workers = 1
      $0.maxHeaderBytes = limit
    } _: { gateway, _ in
      var statuses: Set<Int> = []
      for size in stride(from: limit - 1500, to: limit + 5500, by: 97) {
        let large = get("/health", "X: \(String(repeating: "a", count: size))", "Connection: close") + "\r\n"
        statuses.insert(
          try #require(try await RawExchange.send(large, to: gateway.port).response, "\(size)").status)
      }
      for count in stride(from: limit / 100, to: limit / 40, by: limit / 2000) {
        let fields = (0..<count).map { "X\($0): a\r\n" }.joined()
        let many = get("/health") + fields + "Connection: close\r\n\r\n"
        statuses.insert(
          try #require(try await RawExchange.send(many, to: gateway.port).response, "\(count)").status)
      }
      #expect(statuses == [200, 431])
    }
  }

  // MARK: Forms of errors

  /// Each API's clients get the error that they can read.
  @Test func theErrorHasTheFormOfThePath() async throws {
    try await withGateway { gateway, _ in
      func refused(_ path: String) async throws -> TestClient.Response {
        let text =
          "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"
        return try #require(try await RawExchange.send(text, to: gateway.port).response)
      }
      let native = try await refused("/api/chat")
      #expect(native.json["error"].string?.contains("Content-Length") == true)
      #expect(native.json.keys == ["error"])
      let openAI = try await refused("/v1/chat/completions")
      #expect(openAI.json["error"]["message"].string?.contains("Content-Length") == true)
      let anthropic = try await refused("/v1/messages")
      #expect(anthropic.json["type"] == "error")
      #expect(anthropic.json["error"]["message"].string?.contains("Content-Length") == true)
      for path in ["/api/v1/chat", "/health", "/nowhere"] {
        let problem = try await refused(path)
        #expect(problem.headers["Content-Type"] == "application/problem+json")
        #expect(problem.json["status"] == 400)
        #expect(problem.json["detail"].string?.contains("Content-Length") == true)
        #expect(problem.json["instance"].string == path)
      }
    }
  }
}
