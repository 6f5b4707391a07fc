import Configuration
import GatewayTesting
import Testing

/// How long a response of Ollama's is, by its raw bytes (RFC 9112 section 6.3): the client gets all of it or an error.
@Suite struct RelayFramingTests {
  private static let content = String(repeating: "x", count: 200_008)
  private static let chunked =
    String(content.utf8.count / 2, radix: 16) + "\r\n" + content.prefix(100_004) + "\r\n"
    + String(content.utf8.count / 2, radix: 16) + "\r\n" + content.suffix(100_004) + "\r\n0\r\n\r\n"

  private func response(
    _ bytes: String, to path: String = "/api/version", _ method: String = "GET"
  ) async throws -> (first: TestClient.Response, next: TestClient.Response) {
    let ollama = try ScriptedOllama { request in
      request.path == path ? [.text(bytes), .close] : .json("{}")
    }
    return try await withGateway(ollama: ollama) { gateway, _ in
      try await TestClient.run(gateway.port) { connection in
        (try connection.request(method, path), try connection.get("/api/tags"))
      }
    }
  }

  @Test(
    "Of two framings that Ollama sends, chunks win",
    arguments: [
      "Content-Length: 10\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 10",
      "Transfer-Encoding: chunked\r\nContent-Length: 0", "Transfer-Encoding: Chunked",
      "Content-Length: 300000\r\nTransfer-Encoding: chunked",
    ])
  func chunksWin(_ fields: String) async throws {
    let (response, next) = try await response(
      "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\(fields)\r\n\r\n\(Self.chunked)")
    #expect(response.status == 200)
    #expect(response.isWhole && response.text == Self.content)
    #expect(response.headers["Content-Length"] == nil)
    #expect(next.text == "{}")
  }

  @Test(arguments: ["Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5, 5", "Content-Length:5 ,5"])
  func aLengthThatIsSaidTwiceIsOne(_ fields: String) async throws {
    let (response, next) = try await response("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\nhello")
    #expect(response.status == 200)
    #expect(response.text == "hello" && response.headers["Content-Length"] == "5")
    #expect(next.text == "{}")
  }

  @Test(arguments: [
    "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 6\r\nContent-Length: 5",
    "Content-Length: 5, 6",
    "Content-Length: +5", "Content-Length: -5", "Content-Length:", "Content-Length: 5,",
    "Content-Length: five",
    "Content-Length: 99999999999999999999", "Content-Length: 9223372036854775808", "Content-Length : 5",
    "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: identity\r\nContent-Length: 5", "Transfer-Encoding : chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
  ])
  func whatMayBeReadInTwoWaysIsRefused(_ fields: String) async throws {
    for method in ["GET", "HEAD"] {
      let (response, next) = try await response(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\(fields)\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        to: "/api/version", method)
      #expect(response.status == 502, "\(method)")
      #expect(next.text == "{}", "\(method)")
    }
  }

  @Test func http10EndsWithItsConnection() async throws {
    for fields in ["", "Connection: close\r\n", "Connection: keep-alive\r\n"] {
      let (response, _) = try await response("HTTP/1.0 200 OK\r\n\(fields)\r\n\(Self.content)")
      #expect(response.status == 200)
      #expect(response.isWhole && response.text == Self.content)
    }
    let (refused, _) = try await response(
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(Self.chunked)")
    #expect(refused.status == 502)
  }

  /// What follows a response without content on Ollama's connection is no response to the next question.
  @Test(arguments: ["204 No Content", "205 Reset Content", "304 Not Modified"])
  func noContentHasNone(_ status: String) async throws {
    for framing in [
      "Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "\r\n",
    ] {
      let ollama = try ScriptedOllama { request in
        request.path == "/api/version"
          ? [.text("HTTP/1.1 \(status)\r\n\(framing)")] : .json("{}")
      }
      try await withGateway(ollama: ollama, { $0.workers = 1 }) { gateway, _ in
        let text = try await TestClient.run(gateway.port) { connection in
          try connection.send("GET /api/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
          var bytes: [UInt8] = []
          while let piece = try connection.receiveBytes() { bytes += piece }
          return String(decoding: bytes, as: UTF8.self)
        }
        if status.hasPrefix("204") && framing != "\r\n" {
          #expect(text.hasPrefix("HTTP/1.1 502 "))
        } else {
          #expect(text.hasPrefix("HTTP/1.1 \(status.prefix(3)) "))
          #expect(text.hasSuffix("\r\n\r\n") && text.ranges(of: "\r\n\r\n").count == 1, "\(text)")
        }
        #expect(try await TestClient.get(gateway.port, "/api/tags").text == "{}")
      }
    }
  }

  /// Content that comes after a head which is all of a response would be the response to another's request.
  @Test(arguments: [("HEAD", 200), ("HEAD", 404), ("GET", 304)])
  func whatWasAllHeadEndsItsConnection(method: String, status: Int) async throws {
    let ollama = try ScriptedOllama { request in
      request.path == "/api/tags"
        ? .json("{}") : [.text("HTTP/1.1 \(status) Such\r\nContent-Length: 8\r\n\r\n")]
    }
    try await withGateway(ollama: ollama, { $0.workers = 1 }) { gateway, ollama in
      for number in 1...3 {
        // One that is kept is used, and not again.
        #expect(try await TestClient.get(gateway.port, "/api/tags").text == "{}")
        try await ollama.wait("it is kept") { $0.openConnections == 1 }
        #expect(try await TestClient.request(gateway.port, method, "/api/version").status == status)
        try await ollama.wait("it is closed") { $0.openConnections == 0 }
        #expect(ollama.snapshot.acceptedConnections == number)
      }
    }
  }
}
