import EventLoop
import GatewayTesting
import System
import Testing

@testable import HTTPServer

/// Responses that have no content, whatever a handler gives: what follows one on its connection is the next response.
@Suite struct NoContentTests {
  /// The ways in which a handler can give content.
  enum Given: String, CaseIterable {
    case bytes, nothing, knownLength, unknownLength, writtenLater, headOnly

    func body(_ exchange: ServerExchange) -> ServerResponse.Body {
      let stream = ResponseStream()
      switch self {
      case .bytes: return .bytes(Array("content".utf8))
      case .nothing: return .bytes([])
      case .knownLength:
        stream.write(Array("content".utf8))
        stream.finish()
        return .stream(stream, length: 7)
      case .unknownLength:
        stream.write(Array("content".utf8))
        stream.finish()
        return .stream(stream, length: nil)
      case .writtenLater:
        let timer = exchange.connection.server.loop.makeTimer {
          stream.write(Array("content".utf8))
          stream.finish()
        }
        timer.schedule(after: .milliseconds(1))
        return .stream(stream, length: nil)
      case .headOnly: return .head(length: nil)
      }
    }
  }

  private static let cases: [(method: String, status: Int)] = [
    ("HEAD", 200), ("HEAD", 204), ("HEAD", 205), ("HEAD", 304), ("HEAD", 404), ("HEAD", 502),
    ("GET", 204), ("GET", 205), ("GET", 304), ("POST", 204), ("DELETE", 205),
  ]

  @Test(arguments: cases, Given.allCases)
  func nothingFollowsTheHead(_ asked: (method: String, status: Int), _ given: Given) async throws {
    let sent = Lock<[Int]>([])
    try await withServer({ exchange in
      guard exchange.request.target == "/first" else { return exchange.respond(.text("next")) }
      exchange.respond(ServerResponse(status: asked.status, body: given.body(exchange)))
      sent.withLock { $0.append(exchange.bytesSent) }
    }) { server in
      let text = try await TestClient.run(server.port) { connection in
        try connection.send(
          "\(asked.method) /first HTTP/1.1\r\nHost: a\r\n\r\n"
            + "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return try connection.readToEnd()
      }
      #expect(text.hasPrefix("HTTP/1.1 \(asked.status) "))
      let end = try #require(text.firstRange(of: "\r\n\r\n"))
      let head = text[..<end.lowerBound].lowercased()
      let rest = text[end.upperBound...]
      #expect(!head.contains("transfer-encoding"))
      if head.contains("connection: close") {
        #expect(rest == "", "\(head)")
      } else {
        #expect(rest.hasPrefix("HTTP/1.1 200 ") && rest.hasSuffix("\r\n\r\nnext"), "\(rest)")
      }
      let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }?.dropFirst(16)
      switch (asked.status, given) {
      case (204, _): #expect(length == nil)
      case (205, _): #expect(length == "0")
      case (304, .nothing): #expect(length == nil)
      case (_, .nothing): #expect(length == "0")
      case (_, .bytes), (_, .knownLength): #expect(length == "7")
      case (_, .unknownLength), (_, .writtenLater), (_, .headOnly): #expect(length == nil)
      }
      #expect(sent.withLock { $0 } == [0])
    }
  }

  /// A refusal of the server's own, by which the connection ends, has the length of what GET would get.
  @Test(arguments: [
    ("HEAD / HTTP/1.1\r\n\r\n", "400"), ("HEAD / HTTP/2.0\r\n\r\n", "505"), ("\r\nHEAD /\r\n\r\n", "400"),
    ("HEAD /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
    ("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", "404"),
    ("HEAD / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n", "431"),
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost a\r\n\r\n", "400"),
  ])
  func anEarlyRefusalHasNone(_ request: String, _ status: String) async throws {
    try await withServer({ exchange in
      guard exchange.request.hasBody else { return exchange.respond(.text("")) }
      exchange.respond(ServerResponse(status: 404, body: .bytes(Array("nothing".utf8))))
    }) { server in
      let text = try await TestClient.run(server.port) { connection in
        try connection.send(request)
        return try connection.readToEnd()
      }
      let response = text.ranges(of: "HTTP/1.1 ").last.map { text[$0.lowerBound...] } ?? ""
      #expect(response.hasPrefix("HTTP/1.1 \(status) "))
      #expect(response.hasSuffix("\r\n\r\n") && response.count(of: "\r\n\r\n") == 1)
      #expect(!response.contains("Content-Length: 0"))
    }
  }

  @Test func norHasOneOfAHeadThatIsNotWhole() async throws {
    try await withServer(
      { $0.respond(.text("")) }, limits: { $0.headerTimeout = .seconds(1) }
    ) { server in
      for (method, hasContent) in [("HEAD", false), ("GET", true)] {
        let text = try await TestClient.run(server.port) { connection in
          try connection.send("\(method) / HTTP/1.1\r\nHost")
          return try connection.readToEnd()
        }
        #expect(text.hasPrefix("HTTP/1.1 408 "))
        #expect(text.hasSuffix("\r\n\r\n") != hasContent)
      }
    }
  }
}

extension Substring {
  fileprivate func count(of text: String) -> Int { String(self).count(of: text) }
}
