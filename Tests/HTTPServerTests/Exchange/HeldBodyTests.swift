import EventLoop
import GatewayTesting
import System
import Testing

@testable import HTTPServer

/// Bodies whose reader is known later than their head.
@Suite struct HeldBodyTests {
  enum Way: CaseIterable, Sendable {
    case collected, streamed, dropped, refused, tooLong

    func apply(to exchange: ServerExchange, expecting count: Int) {
      switch self {
      case .collected: exchange.collectBody(limit: 8 << 20) { exchange.respond(.text("got \($0.count)")) }
      case .streamed: exchange.streamBody(to: Counter(exchange))
      case .dropped:
        exchange.respond(.text("got nothing"))
        exchange.dropHeldBody()
      case .refused:
        exchange.respond(ServerResponse(status: 401, body: .bytes([])))
        exchange.dropHeldBody()
      case .tooLong: exchange.collectBody(limit: count - 1) { _ in exchange.respond(.text("got all")) }
      }
    }
  }

  /// Takes no more than a piece at a time.
  private final class Counter: RequestBodySink {
    private let exchange: ServerExchange
    private var count = 0

    init(_ exchange: ServerExchange) { self.exchange = exchange }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
      count += bytes.count
      exchange.server.loop.execute { [bound = LoopBound(exchange, to: exchange.server.loop)] in
        bound.value.resumeBody()
      }
      return false
    }

    func finish() { exchange.respond(.text("got \(count)")) }
  }

  /// - Parameter count: bytes of the body; before its reader is known some, or all, of it has come.
  @Test(arguments: Way.allCases, [1, 1000, 3 << 20])
  func readLater(_ way: Way, _ count: Int) async throws {
    for isChunked in [false, true] {
      try await withServer { exchange in
        exchange.holdBackBody()
        let bound = LoopBound(exchange, to: exchange.server.loop)
        let loop = exchange.server.loop
        Task {
          // Until it has come as far as it comes.
          try await Task.sleep(for: .milliseconds(20))
          loop.execute { way.apply(to: bound.value, expecting: count) }
        }
      } run: { server in
        let reply = try await TestClient.run(server.port) { connection in
          let head = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(count)"
          let body = String(repeating: "a", count: count)
          do {
            try connection.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(head)\r\n\r\n")
            try connection.send(isChunked ? "\(String(count, radix: 16))\r\n\(body)\r\n0\r\n\r\n" : body)
          } catch TestClientError.cannotSend {}
          return try connection.readToEnd()
        }
        let expected =
          switch way {
          case .collected, .streamed: "got \(count)"
          case .dropped: "got nothing"
          case .refused: "HTTP/1.1 401 "
          case .tooLong: "HTTP/1.1 413 "
          }
        #expect(reply.contains(expected), "\(isChunked): \(reply.prefix(300))")
        try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
        #expect(await server.bodyBytes == 0)
      }
    }
  }

  @Test func whoLeavesMeanwhile() async throws {
    try await withServer { exchange in
      exchange.holdBackBody()
    } run: { server in
      let client = try await TestClient.connect(server.port)
      try await client.perform {
        try $0.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhello")
      }
      try await eventually("its head is there") { server.record.withLock { $0.began } == 1 }
      try await client.perform { $0.reset() }
      try await eventually("it has left") { server.record.withLock { $0.cutOff } == 1 }
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
      #expect(await server.bodyBytes == 0)
    }
  }
}
