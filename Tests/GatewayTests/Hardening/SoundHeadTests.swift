import GatewayTesting
import Testing

/// Heads that look unusual and are sound: refusing them would turn real clients away.
@Suite struct SoundHeadTests {
  private func expectServed(_ requests: [String]) async throws {
    try await withGateway { gateway, ollama in
      for request in requests {
        let response = try await TestClient.run(gateway.port) { connection in
          try connection.send(request)
          return try connection.readResponse()
        }
        #expect(response.status == 200, "\(request.debugDescription.prefix(200))")
      }
      #expect(ollama.snapshot.requestCount == requests.count)
    }
  }

  private func get(_ target: String = "/api/tags", _ fields: String...) -> String {
    "GET \(target) HTTP/1.1\r\nHost: localhost\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
  }

  @Test("Unusual fields that are sound are taken") func unusualFields() async throws {
    try await expectServed([
      get("/api/tags", "X:y"), get("/api/tags", "X:"), get("/api/tags", "X: "),
      get("/api/tags", "X: \t y \t "),
      get("/api/tags", "X: a: b, c; d=\"e\""), get("/api/tags", "!#$%&'*+-.^_`|~09: v"),
      get("/api/tags", "X: gr\u{fc}n"), get("/api/tags", "Cookie: a=b; c=\"d\"", "Cookie: e=f"),
      get("/api/tags", "X: \(String(repeating: "v", count: 11_000))"),
      "\r\n" + get(), "GET /api/tags HTTP/1.0\r\n\r\n",
      "GET /api/tags HTTP/1.1\r\nhost:localhost \r\n\r\n",
    ])
  }

  @Test("Unusual targets that are sound are taken") func unusualTargets() async throws {
    try await expectServed([
      get("/api/tags?"), get("/api/tags?a=b&c=%00&d=%zz&/../"), get("/api/tags/"),
      get("/api/tags?\(String(repeating: "q", count: 8_000))"), get("/api/tags?x=\u{fc}"),
      get("/api/tags?a?b?c"),
    ])
  }

  @Test func bodiesThatNobodyAskedFor() async throws {
    try await expectServed([
      "GET /api/tags HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
      "GET /api/tags HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "GET /api/tags HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
    ])
  }

  /// The library moves and grows its memory while a head trickles in: our check of its pieces must bear that.
  @Test(arguments: [1, 2, 7, 1023, 1500, 4096])
  func headsInPieces(_ size: Int) async throws {
    // Of a name that Ollama gets.
    let fields = (0..<60).map { "Anthropic-Beta: \(String(repeating: "v", count: $0 * 3))\r\n" }.joined()
    let request = Array("GET /api/tags?a=b HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n".utf8)
    try await withGateway { gateway, ollama in
      let statuses = try await TestClient.run(gateway.port) { connection in
        var statuses: [Int] = []
        for _ in 0..<3 {
          for start in stride(from: 0, to: request.count, by: size) {
            try connection.send(Array(request[start..<min(start + size, request.count)]))
          }
          statuses.append(try connection.readResponse().status)
        }
        return statuses
      }
      #expect(statuses == [200, 200, 200])
      let last = try #require(ollama.requests.last)
      #expect(last.headers.values(of: "Anthropic-Beta").map(\.utf8.count) == (0..<60).map { $0 * 3 })
    }
  }

  /// An empty value stays a field, and white space around a value is none of it (RFC 9110 section 5.5).
  @Test func valuesArriveAsTheyAre() async throws {
    try await withGateway { gateway, ollama in
      _ = try await TestClient.run(gateway.port) { connection in
        try connection.send(
          "GET /api/tags HTTP/1.1\r\nHost: localhost\r\nOpenAI-Beta:\r\nPrefer: \t a b\t \r\nPragma: z \r\n\r\n"
        )
        return try connection.readResponse()
      }
      let headers = try #require(ollama.requests.first).headers
      #expect(headers["OpenAI-Beta"] == "")
      #expect(headers["Prefer"] == "a b")
      #expect(headers["Pragma"] == "z")
    }
  }
}
