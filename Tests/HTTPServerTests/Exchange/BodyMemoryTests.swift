import Budgets
import EventLoop
import GatewayTesting
import Glibc
import HTTPServer
import System
import Testing

/// The memory that bodies of requests take, and for how long.
@Suite struct BodyMemoryTests {
  private static let large = 512 * 1024
  private static let collecting: TestServer.Handler = { exchange in
    exchange.collectBody(limit: 1 << 20) { exchange.respond(.text("\($0.count)")) }
  }

  /// A head that announces a large body, and all of it but the last byte.
  private static var allButOneByte: [UInt8] {
    TestClient.requestBytes("POST", "/", ["Content-Length": "\(large)"])
      + [UInt8](repeating: 0x78, count: large - 1)
  }

  /// Two large bodies have room.
  private static func limit(_ limits: inout HTTPServerLimits) {
    limits.bodyMemory = MemoryBudget(.bodies, limit: 2 * large, leastShare: large)
  }

  private static func post(_ server: TestServer, _ count: Int) async throws -> Int {
    let body = [UInt8](repeating: 0x78, count: count)
    return try await TestClient.run(server.port) { try $0.request("POST", "/", body: body).status }
  }

  private static func waitUntilTwoAreHeld(_ server: TestServer) async throws {
    try await eventually("two bodies are there but for their last bytes") {
      await server.bodyBytes == 2 * (large - 1)
    }
  }

  @Test func bodiesThatStopBeforeTheirEndGiveTheMemoryBackSoon() async throws {
    try await withServer(Self.collecting) { limits in
      Self.limit(&limits)
      limits.headerTimeout = .milliseconds(500)
    } run: { server in
      let stuck = try StreamSwarm(server.port, count: 2) { _ in Self.allButOneByte }
      defer { stuck.stop() }
      try await Self.waitUntilTwoAreHeld(server)
      #expect(try await Self.post(server, Self.large) == 503)
      for outcome in try await stuck.finish() { #expect(outcome.status == 408, "\(outcome)") }
      #expect(try await Self.post(server, Self.large) == 200)
    }
  }

  @Test func smallBodiesAlwaysFindRoom() async throws {
    try await withServer(Self.collecting, limits: Self.limit) { server in
      let stuck = try StreamSwarm(server.port, count: 2) { _ in Self.allButOneByte }
      defer { stuck.stop() }
      try await Self.waitUntilTwoAreHeld(server)
      #expect(try await Self.post(server, Self.large) == 503)
      for _ in 0..<5 { #expect(try await Self.post(server, 64 * 1024) == 200) }
    }
  }

  /// However fast it comes: it might be fast enough for hours.
  @Test func aBodyThatIsHeldHasItsTimeInAll() async throws {
    try await withServer { exchange in
      if exchange.request.target == "/streamed" {
        exchange.context = Sink(exchange)
      } else {
        Self.collecting(exchange)
      }
    } limits: {
      $0.collectedBodyTime = .milliseconds(500)
    } run: { server in
      let statuses = try await TestClient.run(server.port) { connection in
        try connection.sendRequest("POST", "/", ["Transfer-Encoding": "chunked"])
        while !connection.isClosedByPeer {
          do { try connection.sendChunk("xxxxxxxxxx") } catch TestClientError.cannotSend {}
          usleep(2000)
        }
        return try connection.readResponse().status
      }
      #expect(statuses == 408)
      let streamed = try await TestClient.run(server.port) { connection in
        try connection.sendRequest("POST", "/streamed", ["Transfer-Encoding": "chunked"])
        for _ in 0..<100 {
          try connection.sendChunk("xxxxxxxxxx")
          // Longer than the limit, all together.
          usleep(10_000)
        }
        try connection.endChunks()
        return try connection.readResponse().text
      }
      #expect(streamed == "1000")
    }
  }

  @Test func theMemoryIsTheProcesses() async throws {
    let memory = MemoryBudget(.bodies, limit: 2 * Self.large, leastShare: Self.large)
    try await withServer(Self.collecting, limits: { $0.bodyMemory = memory }) { one in
      try await withServer(Self.collecting, limits: { $0.bodyMemory = memory }) { other in
        let stuck = try StreamSwarm(one.port, count: 2) { _ in Self.allButOneByte }
        try await Self.waitUntilTwoAreHeld(one)
        // What one server holds is missing at the other.
        #expect(try await Self.post(other, Self.large) == 503)
        stuck.stop()
        try await eventually("it comes back with those who leave") {
          try await Self.post(other, Self.large) == 200
        }
      }
    }
  }

  /// What a handler works on when its client leaves is there until that ends.
  @Test func aBodyThatIsKeptCounts() async throws {
    let kept = Lock<[LoopBound<ServerExchange>]>([])
    try await withServer { exchange in
      exchange.collectBody(limit: 1 << 20) { _ in
        exchange.keepBody()
        kept.withLock { [bound = LoopBound(exchange, to: .current!)] in $0.append(bound) }
      }
    } run: { server in
      let leaving = try StreamSwarm(server.port, count: 2) { _ in Self.allButOneByte + [0x78] }
      try await eventually("two bodies are worked on") { kept.withLock { $0.count } == 2 }
      leaving.stop()
      try await eventually("both clients have left") { server.record.withLock { $0.ended } == 2 }
      #expect(await server.bodyBytes == 2 * Self.large)
      for left in [1, 0] {
        let exchange = kept.withLock { $0[left] }
        server.loop.execute { exchange.value.bodyIsRead() }
        try await eventually("it is read") { await server.bodyBytes == left * Self.large }
      }
    }
  }

  @Test func oneClientHasItsShare() async throws {
    let accounts = ClientAccounts(limits: ClientLimits(), capacity: 10)
    try await withServer { exchange in
      // As one behind a trusted proxy.
      let number = exchange.request.first("x-client").flatMap { UInt32($0) }
      exchange.account = number.map { accounts.account(of: .v4($0)) }
      Self.collecting(exchange)
    } limits: {
      $0.bodyMemory = MemoryBudget(.bodies, limit: 8 * Self.large, leastShare: Self.large)
    } run: { server in
      // Two of a client's have room.
      let stuck = try StreamSwarm(server.port, count: 2) { _ in
        TestClient.requestBytes("POST", "/", ["Content-Length": "\(Self.large)", "X-Client": "1"])
          + [UInt8](repeating: 0x78, count: Self.large - 1)
      }
      defer { stuck.stop() }
      let body = [UInt8](repeating: 0x78, count: Self.large)
      try await Self.waitUntilTwoAreHeld(server)
      let third = try await TestClient.run(server.port) {
        try $0.request("POST", "/", ["X-Client": "1"], body: body).status
      }
      #expect(third == 429)
      let others = try await TestClient.run(server.port) {
        try $0.request("POST", "/", ["X-Client": "2"], body: body).status
      }
      #expect(others == 200)
    }
  }
}

/// Counts a body that it takes as it comes.
private final class Sink: RequestBodySink {
  private unowned let exchange: ServerExchange
  private var count = 0

  init(_ exchange: ServerExchange) {
    self.exchange = exchange
    exchange.streamBody(to: self)
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    count += bytes.count
    return true
  }

  func finish() { exchange.respond(.text("\(count)")) }
}
