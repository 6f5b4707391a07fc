import Configuration
import GatewayTesting
import Testing

/// Bodies that a gateway must refuse.
@Suite struct RefusedBodyTests {
  private static let limit = 64 * 1024

  private func expectRefused(
    _ status: Set<Int>, isOurs: Bool, _ requests: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await withGateway {
      $0.maxBodyBytes = Self.limit
    } _: { gateway, ollama in
      for request in requests {
        let exchange = try await RawExchange.send(
          "POST /api/chat HTTP/1.1\r\nHost: localhost\r\n\(request)\(RefusedHeadTests.hidden)",
          to: gateway.port
        )
        let comment = Comment("\(request.debugDescription.prefix(120)): \(exchange)")
        let response = try #require(exchange.response, comment, sourceLocation: sourceLocation)
        #expect(status.contains(response.status), comment, sourceLocation: sourceLocation)
        #expect(exchange.isClosed, comment, sourceLocation: sourceLocation)
        if isOurs { #expect(response.json["error"].string != nil, comment, sourceLocation: sourceLocation) }
        #expect(ollama.snapshot.requestCount == 0, comment, sourceLocation: sourceLocation)
      }
      #expect(try await TestClient.get(gateway.port, "/api/version").status == 200)
      #expect(ollama.requests.map(\.path) == ["/api/version"], sourceLocation: sourceLocation)
    }
  }

  private func chunked(_ body: String) -> String { "Transfer-Encoding: chunked\r\n\r\n\(body)" }

  @Test func overTheLimitByItsLength() async throws {
    let body = String(repeating: "x", count: Self.limit + 1)
    try await expectRefused(
      [413], isOurs: true,
      [
        "Content-Length: \(body.utf8.count)\r\n\r\n\(body)", "Content-Length: 123456789012345678\r\n\r\nx",
        "Content-Length: 999999999\r\n\r\n",
      ])
  }

  @Test func overTheLimitInChunks() async throws {
    let piece = String(repeating: "x", count: 4096)
    let chunks = String(repeating: "1000\r\n\(piece)\r\n", count: Self.limit / 4096)
    try await expectRefused(
      [413], isOurs: true,
      [
        chunked(chunks + "1\r\ny\r\n0\r\n\r\n"), chunked(chunks + chunks + chunks),
        chunked("fffffff\r\n" + String(repeating: piece, count: 40)),
      ])
  }

  /// Up to the very limit a body is taken.
  @Test func theLimitItselfIsNotOver() async throws {
    try await withGateway {
      $0.maxBodyBytes = Self.limit
    } _: { gateway, ollama in
      let start = #"{"model":"tinyllama","stream":false,"messages":[{"role":"user","content":""#
      let text = start + String(repeating: "x", count: Self.limit - start.utf8.count - 4) + "\"}]}"
      let response = try await TestClient.post(gateway.port, "/api/chat", json: text)
      #expect(response.status == 200)
      #expect(ollama.requests.first?.body.digest == ByteDigest(of: text))
    }
  }

  /// Who asks first is told before the body is sent.
  @Test func overTheLimitWithExpectContinue() async throws {
    try await withGateway {
      $0.maxBodyBytes = Self.limit
    } _: { gateway, ollama in
      let exchange = try await RawExchange.send(
        "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n",
        to: gateway.port)
      #expect(exchange.response?.status == 413)
      #expect(exchange.response?.interim == [])
      #expect(exchange.isClosed)
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  @Test func sizesThatAreNone() async throws {
    try await expectRefused(
      [400, 413], isOurs: false,
      [
        "zz\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n", ";a=b\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5,5\r\nhello\r\n0\r\n\r\n", "5\0\r\nhello\r\n0\r\n\r\n",
        // 2^64 + 5, and more.
        "10000000000000005\r\nhello\r\n0\r\n\r\n", "fffffffffffffffff5\r\nhello\r\n0\r\n\r\n",
      ].map(chunked))
  }

  @Test func chunksWithoutTheirEnd() async throws {
    try await expectRefused(
      [400], isOurs: false,
      [
        "5\r\nhelloXX0\r\n\r\n", "5\r\nhello world\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n", "2\r\n{}\r0\r\n\r\n",
      ].map(chunked))
  }

  @Test func trailersWithoutEnd() async throws {
    let trailers = (0..<2000).map { "X-\($0): \(String(repeating: "t", count: 90))\r\n" }.joined()
    try await expectRefused([431], isOurs: false, [chunked("2\r\n{}\r\n0\r\n\(trailers)\r\n")])
  }

  /// A chunk's size that has no end: the library waits for one until the time is up.
  @Test func aSizeWithoutEnd() async throws {
    try await withGateway {
      $0.headerTimeout = .milliseconds(500)
    } _: { gateway, ollama in
      for filler in ["0", "5;" + String(repeating: "x", count: 40), "5;a=\""] {
        let size = String(repeating: filler, count: 80_000 / filler.utf8.count)
        let exchange = try await RawExchange.send(
          "POST /api/chat HTTP/1.1\r\nHost: localhost\r\n" + chunked(size), to: gateway.port)
        let status = exchange.response?.status
        #expect(status == nil || [400, 408, 413, 431].contains(status), "\(exchange)")
        #expect(exchange.isClosed)
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  /// libmicrohttpd 0.9 takes a bare line feed in the chunked coding for a line's end, and so does the gateway. Ollama
  /// never sees it: what it gets has been framed anew.
  @Test func framingIsNeverPassedOn() async throws {
    let bodies = [
      "2\n{}\n0\n\n", "2;a=b\r\n{}\r\n0\r\n\r\n", "2;a=b\n{}\r\n0\r\n\r\n", "0002\r\n{}\r\n000\r\n\r\n",
      "2\r\n{}\r\n0\r\nX-Trailer: 1\r\nContent-Length: 50\r\nTransfer-Encoding: gzip\r\n\r\n",
      "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    ]
    try await withGateway { gateway, ollama in
      for body in bodies {
        let before = ollama.snapshot.requestCount
        let exchange = try await RawExchange.send(
          "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(chunked(body))",
          to: gateway.port)
        let status = try #require(exchange.response).status
        #expect(status == 400, "Ollama misses a model, or the gateway refuses")
        let requests = ollama.requests.dropFirst(before)
        #expect(
          requests.allSatisfy { $0.text == "{}" && $0.headers["X-Trailer"] == nil },
          "\(body.debugDescription)")
        #expect(requests.count <= 1)
      }
    }
  }
}
