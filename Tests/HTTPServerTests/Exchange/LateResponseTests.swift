import EventLoop
import GatewayTesting
import HTTPFields
import System
import Testing

@testable import HTTPServer

/// Handlers whose response comes after the server has refused the request, or waits for a body that never comes.
@Suite struct LateResponseTests {
  enum Kind: CaseIterable, Sendable {
    case whole, refusal, stream, upgrade

    /// A stream goes on being written as a handler would that knows of nothing.
    func give(to exchange: ServerExchange) {
      switch self {
      case .whole: exchange.respond(.text("late"))
      case .refusal: exchange.respond(ServerResponse(status: 404))
      case .stream:
        let stream = ResponseStream()
        exchange.respond(ServerResponse(status: 200, body: .stream(stream, length: nil)))
        let piece = [UInt8](repeating: 0x78, count: 100_000)
        for _ in 0..<10 where !stream.isFull { stream.write(piece) }
        stream.finish()
      case .upgrade:
        exchange.respond(
          ServerResponse(status: 101, fields: [("Upgrade", "echo")], body: .upgrade { $0.close() }))
      }
    }
  }

  /// A body is announced, and does not come.
  private static let request = "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"

  private func expectOneRefusal(_ server: TestServer) async throws {
    let text = try await TestClient.run(server.port) { connection in
      try connection.send(Self.request)
      return try connection.readToEnd()
    }
    #expect(text.hasPrefix("HTTP/1.1 408 "))
    #expect(text.count(of: "HTTP/1.") == 1, "\(text)")
  }

  @Test(arguments: Kind.allCases) func afterTheRefusal(_ kind: Kind) async throws {
    let left = Lock(0)
    let given = Lock(0)
    let statuses = Lock<[Int?]>([])
    try await withServer { exchange in
      exchange.onClientLeft = { left.withLock { $0 += 1 } }
      let timer = EventLoop.current!.makeTimer {
        kind.give(to: exchange)
        given.withLock { $0 += 1 }
        statuses.withLock { [status = exchange.status] in $0.append(status) }
      }
      exchange.context = timer
      timer.schedule(after: .milliseconds(150))
    } limits: {
      $0.headerTimeout = .milliseconds(50)
    } run: { server in
      try await expectOneRefusal(server)
      try await eventually("the handler has responded") { given.withLock { $0 } == 1 }
      #expect(left.withLock { $0 } == 1, "the handler is told that nobody waits")
      #expect(statuses.withLock { $0 } == [408])
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
      #expect(server.record.withLock { $0.refusals } == [408])
      #expect(server.record.withLock { $0.warnings } == [])
    }
  }

  /// A response that is no refusal waits for the end of the body. The refusal goes out in its place.
  @Test(arguments: Kind.allCases.filter { $0 != .refusal }) func beforeTheRefusal(_ kind: Kind)
    async throws
  {
    try await withServer { exchange in
      kind.give(to: exchange)
    } limits: {
      $0.headerTimeout = .milliseconds(50)
    } run: { server in
      try await expectOneRefusal(server)
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
      #expect(server.record.withLock { $0.cutOff } == 0)
    }
  }

  /// A handler's mistake costs one response and not the process.
  @Test(arguments: Kind.allCases) func twice(_ kind: Kind) async throws {
    try await withServer { exchange in
      exchange.respond(.text("first"))
      kind.give(to: exchange)
    } run: { server in
      let texts = try await TestClient.run(server.port) { connection in
        [try connection.get("/").text, try connection.get("/").text]
      }
      #expect(texts == ["first", "first"])
      #expect(server.record.withLock { $0.warnings }.count == 2)
    }
  }

  /// What is written to the stream of a response that nobody gets is not kept.
  @Test func aStreamForNobodyKeepsNothing() async throws {
    let buffered = Lock<[Int]>([])
    try await withServer { exchange in
      exchange.respond(.text("first"))
      exchange.dropsLaterResponses = true
      let stream = ResponseStream()
      stream.write([1, 2, 3])
      exchange.respond(ServerResponse(status: 200, body: .stream(stream, length: nil)))
      stream.write([4, 5, 6])
      buffered.withLock { [count = stream.bufferedBytes] in $0.append(count) }
    } run: { server in
      let response = try await TestClient.get(server.port, "/")
      #expect(response.text == "first")
      #expect(buffered.withLock { $0 } == [0])
      #expect(server.record.withLock { $0.warnings } == [])
    }
  }
}
