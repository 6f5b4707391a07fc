import EventLoop
import GatewayTesting
@testable import HTTPServer
import System
import Testing

/// Clients that leave at odd moments. The time limits are long: it is not them that end the connections.
@Suite struct DepartureTests {
  private static let respond: TestServer.Handler = { exchange in
    exchange.collectBody(limit: 1 << 20) { _ in exchange.respond(.text("ok")) }
  }

  /// What was sent and the end of the connection are there by one event.
  @Test(
    arguments: [
      "", "GET", "GET / HTTP/1.1\r\nHost: local", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    ], [Departure.finished, .reset])
  func atOnce(_ text: String, _ departure: Departure) async throws {
    try await withServer(Self.respond) { server in
      for _ in 0..<5 {
        try await TestClient.run(server.port) { connection in
          try connection.send(text)
          switch departure {
          case .finished: connection.close()
          case .reset: connection.reset()
          }
        }
      }
      try await eventually("the server has forgotten them") { await server.connectionCount == 0 }
    }
  }

  /// A request and the end of the connection at once: the response still comes, and then the end.
  @Test(arguments: [1, 3])
  func halfClosed(_ count: Int) async throws {
    try await withServer(Self.respond) { server in
      let request = String(repeating: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", count: count)
      let departure = try await TestClient.run(server.port) { connection in
        try connection.send(request)
        connection.shutdownWrite()
        for _ in 0..<count { #expect(try connection.readResponse().status == 200) }
        return try connection.waitUntilClosedByPeer()
      }
      #expect(departure == .finished)
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
    }
  }

  /// The library forgets a connection that it gives up between two of its states until it is the oldest.
  @Test(arguments: ["GET /fail HTTP/1.1\r\nHost: a\r\n\r\n", "GET /end HTTP/1.0\r\nHost: a\r\n\r\n"])
  func besideAnOlderConnection(_ request: String) async throws {
    try await withServer { exchange in
      guard exchange.request.target != "/" else { return exchange.respond(.text("ok")) }
      let stream = ResponseStream()
      exchange.respond(ServerResponse(status: 200, body: .stream(stream, length: nil)))
      stream.write(Array("hello".utf8))
      if exchange.request.target == "/fail" { stream.fail() } else { stream.finish() }
    } run: { server in
      let older = try await TestClient.connect(server.port)
      #expect(try await older.perform { try $0.get("/").status } == 200)
      for _ in 0..<3 {
        _ = try await TestClient.run(server.port) { connection in
          try connection.send(request)
          return try connection.readToEnd()
        }
      }
      try await eventually("the server has closed them") { await server.connectionCount == 1 }
      #expect(try await older.perform { try $0.get("/").status } == 200)
    }
  }

  /// A large body whose end comes with the end of the connection is read to its end.
  @Test func halfClosedBehindALargeBody() async throws {
    let body = [UInt8](repeating: 0x78, count: 900_000)
    try await withServer { exchange in
      exchange.collectBody(limit: 1 << 20) { exchange.respond(.text("\($0.count)")) }
    } run: { server in
      let response = try await TestClient.run(server.port) { connection in
        try connection.send(TestClient.requestBytes("POST", "/", body: body))
        connection.shutdownWrite()
        return try connection.readResponse()
      }
      #expect(response.text == "900000")
    }
  }

  /// The exchange hears of it, once, while its handler waits.
  @Test(arguments: [Departure.finished, .reset])
  func whileTheHandlerWaits(_ departure: Departure) async throws {
    let left = Lock(0)
    try await withServer { exchange in
      exchange.onClientLeft = { left.withLock { $0 += 1 } }
    } run: { server in
      let client = try await TestClient.connect(server.port)
      try await client.perform { try $0.sendRequest("GET", "/") }
      try await eventually("the request is there") { server.record.withLock { $0.began } == 1 }
      try await client.perform { connection in
        switch departure {
        case .finished: connection.close()
        case .reset: connection.reset()
        }
      }
      try await eventually("the exchange has ended") { server.record.withLock { $0.ended } == 1 }
      #expect(left.withLock { $0 } == 1)
      #expect(server.record.withLock { $0.cutOff } == 1)
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
    }
  }

  /// Whoever closes his writing half only gets what its handler still wants to send.
  @Test(arguments: [true, false])
  func aResponseOutlivesAHalfClose(_ isStream: Bool) async throws {
    let exchanges = Lock<[LoopBound<ServerExchange>]>([])
    try await withServer { exchange in
      exchange.outlivesHalfClose = true
      exchanges.withLock { $0.append(LoopBound(exchange, to: exchange.connection.server.loop)) }
    } run: { server in
      let client = try await TestClient.connect(server.port)
      try await client.perform { connection in
        try connection.sendRequest("GET", "/")
        connection.shutdownWrite()
      }
      try await eventually("the request is there") { server.record.withLock { $0.began } == 1 }
      // Another exchange shows that the loop has heard of the end.
      let other = try await TestClient.connect(server.port)
      try await other.perform { try $0.sendRequest("GET", "/") }
      try await eventually("the other is there") { server.record.withLock { $0.began } == 2 }
      server.loop.execute {
        let exchange = exchanges.withLock { $0[0] }.value
        guard isStream else { return exchange.respond(.text("still there")) }
        let stream = ResponseStream()
        exchange.respond(ServerResponse(status: 200, body: .stream(stream, length: nil)))
        stream.write(Array("still ".utf8))
        let timer = exchange.connection.server.loop.makeTimer {
          stream.write(Array("there".utf8))
          stream.finish()
        }
        timer.schedule(after: .milliseconds(20))
      }
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.text == "still there" && response.isWhole)
      #expect(try await client.perform { try $0.waitUntilClosedByPeer() } == .finished)
      try await eventually("it has ended") { server.record.withLock { $0.ended } == 1 }
      #expect(server.record.withLock { $0.cutOff } == 0)
      try await other.perform { $0.reset() }
    }
  }

  /// What was sent before gets its responses as well, one after the other.
  @Test func severalResponsesOutliveIt() async throws {
    try await withServer { exchange in
      exchange.outlivesHalfClose = true
      let timer = exchange.connection.server.loop.makeTimer {
        exchange.respond(.text(exchange.request.target))
      }
      timer.schedule(after: .milliseconds(20))
    } run: { server in
      let responses = try await TestClient.run(server.port) { connection in
        try connection.send((0..<3).map { "GET /\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined())
        connection.shutdownWrite()
        let responses = try (0..<3).map { _ in try connection.readResponse().text }
        #expect(try connection.waitUntilClosedByPeer() == .finished)
        return responses
      }
      #expect(responses == ["/0", "/1", "/2"])
    }
  }

  @Test func butNotAReset() async throws {
    let left = Lock(0)
    try await withServer { exchange in
      exchange.outlivesHalfClose = true
      exchange.onClientLeft = { left.withLock { $0 += 1 } }
    } run: { server in
      let client = try await TestClient.connect(server.port)
      try await client.perform { connection in
        try connection.sendRequest("GET", "/")
        connection.shutdownWrite()
      }
      try await eventually("the request is there") { server.record.withLock { $0.began } == 1 }
      #expect(left.withLock { $0 } == 0)
      try await client.perform { $0.reset() }
      try await eventually("the exchange has ended") { server.record.withLock { $0.ended } == 1 }
      #expect(left.withLock { $0 } == 1)
    }
  }

  /// While its body waits for its reader, with more of it in the socket.
  @Test(arguments: [Departure.finished, .reset], [true, false])
  func whileItsBodyIsPaused(_ departure: Departure, _ isChunked: Bool) async throws {
    let paused = Lock(0)
    let left = Lock(0)
    try await withServer { exchange in
      exchange.onClientLeft = { left.withLock { $0 += 1 } }
      exchange.streamBody(to: PausingSink { paused.withLock { $0 += 1 } })
    } run: { server in
      let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 1000000"
      let head = "POST / HTTP/1.1\r\nHost: localhost\r\n\(framing)\r\n\r\n"
      // One chunk, of which libmicrohttpd reads a part.
      let body = "19000\r\n" + String(repeating: "x", count: 0x19000)
      let client = try await TestClient.connect(server.port)
      try await client.perform { try $0.send(head + body) }
      try await eventually("the body is paused") { paused.withLock { $0 } == 1 }
      try await client.perform { connection in
        switch departure {
        case .finished: connection.close()
        case .reset: connection.reset()
        }
      }
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
      #expect(left.withLock { $0 } == 1)
      #expect(paused.withLock { $0 } == 1, "what came after its client had left is not read")
      #expect(server.record.withLock { $0.cutOff } == 1)
    }
  }
}

/// Takes one piece, and wants no more.
private final class PausingSink: RequestBodySink {
  private let didPause: () -> Void

  init(_ didPause: @escaping () -> Void) { self.didPause = didPause }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    didPause()
    return false
  }

  func finish() {}
}
