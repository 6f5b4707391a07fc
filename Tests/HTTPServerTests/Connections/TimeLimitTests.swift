import EventLoop
import GatewayTesting
import HTTPServer
import System
import Testing

@Suite struct TimeLimitTests {
  private static let fast: TestServer.Handler = { $0.respond(.text("ok")) }

  @Test func anIdleConnectionIsClosed() async throws {
    try await withServer {
      $0.respond(.text("ok"))
    } limits: {
      $0.keepAliveTimeout = .milliseconds(100)
    } run: { server in
      let departure = try await TestClient.run(server.port) { connection in
        #expect(try connection.get("/").status == 200)
        #expect(try connection.get("/").status == 200)
        return try connection.waitUntilClosedByPeer()
      }
      #expect(departure == .finished)
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
      #expect(server.record.withLock { $0.refusals } == [], "an idle connection ends without a word")
    }
  }

  @Test func aConnectionThatSendsNothingIsToldSoAndClosed() async throws {
    try await withServer(Self.fast) {
      $0.headerTimeout = .milliseconds(100)
    } run: { server in
      let status = try await TestClient.run(server.port) { try $0.readResponse().status }
      #expect(status == 408)
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
    }
  }

  /// A byte now and then does not extend the time for a head: neither the first one's nor that of a later one.
  @Test func headsThatTrickle() async throws {
    try await withServer(Self.fast) {
      $0.headerTimeout = .milliseconds(200)
      $0.keepAliveTimeout = .milliseconds(200)
    } run: { server in
      let request = TestClient.requestBytes("GET", "/" + String(repeating: "a", count: 20_000))
      let swarm = try StreamSwarm(server.port, count: 10, byteInterval: .milliseconds(5)) { _ in request }
      let outcomes = try await swarm.finish()
      #expect(outcomes.allSatisfy { $0.status == 408 }, "\(outcomes)")
      let later = try await TestClient.run(server.port) { connection in
        #expect(try connection.get("/").status == 200)
        // The first bytes of the next head.
        try connection.send("GET / HT")
        return try connection.waitUntilClosedByPeer()
      }
      #expect(later == .finished || later == .reset)
      try await eventually("all are gone") { await server.connectionCount == 0 }
    }
  }

  /// A body may be long, but not slow.
  @Test func bodiesThatTrickle() async throws {
    try await withServer { exchange in
      exchange.collectBody(limit: 1 << 20) { _ in exchange.respond(.text("ok")) }
    } limits: {
      $0.headerTimeout = .milliseconds(300)
    } run: { server in
      let body = [UInt8](repeating: 0x78, count: 5)
      let request = TestClient.requestBytes("POST", "/", ["Content-Length": "100000"]) + body
      let status = try await TestClient.run(server.port) { connection in
        try connection.send(request)
        return try connection.readResponse().status
      }
      #expect(status == 408)
      let trickle = TestClient.requestBytes("POST", "/", body: [UInt8](repeating: 0x78, count: 50_000))
      let swarm = try StreamSwarm(server.port, count: 5, byteInterval: .milliseconds(2)) { _ in trickle }
      let outcomes = try await swarm.finish()
      #expect(outcomes.allSatisfy { $0.status == 408 }, "\(outcomes)")
      try await eventually("all are gone") { await server.connectionCount == 0 }
      #expect(server.record.withLock { $0.cutOff } == 0, "a refusal that was sent is a response")
    }
  }

  /// A reader that takes nothing for as long as the send timeout is dropped, others are not.
  @Test func aReaderThatStandsStillIsDropped() async throws {
    try await withServer { exchange in
      let stream = ResponseStream()
      exchange.respond(ServerResponse(status: 200, body: .stream(stream, length: nil)))
      let piece = [UInt8](repeating: 0x78, count: 100_000)
      let pump = Pump(stream, piece)
      exchange.context = pump
      pump.fill()
    } limits: {
      $0.sendTimeout = .milliseconds(300)
    } run: { server in
      let client = try await TestClient.connect(server.port, receiveBuffer: 4096)
      try await client.perform { try $0.sendRequest("GET", "/") }
      try await eventually("the stuck one is dropped") {
        server.record.withLock { $0.cutOff } == 1
      }
      let isWhole = try await client.perform { connection in
        do {
          _ = try connection.readResponse()
          return true
        } catch {
          return false
        }
      }
      #expect(!isWhole)
    }
  }

  /// The time that a handler takes is not the client's.
  @Test func aHandlerMayTakeItsTime() async throws {
    try await withServer { exchange in
      // As a model that loads; longer than every limit.
      let loop = EventLoop.current!
      let timer = loop.makeTimer { exchange.respond(.text("at last")) }
      exchange.context = timer
      timer.schedule(after: .milliseconds(500))
    } limits: {
      $0.headerTimeout = .milliseconds(50)
      $0.keepAliveTimeout = .milliseconds(50)
      $0.sendTimeout = .milliseconds(50)
    } run: { server in
      let response = try await TestClient.get(server.port, "/")
      #expect(response.status == 200)
      #expect(response.text == "at last")
    }
  }

  /// Neither is the time between two pieces of a stream.
  @Test func aStreamMayPause() async throws {
    try await withServer { exchange in
      let stream = ResponseStream()
      exchange.respond(ServerResponse(status: 200, body: .stream(stream, length: nil)))
      stream.write(Array("one ".utf8))
      let timer = EventLoop.current!.makeTimer {
        stream.write(Array("two".utf8))
        stream.finish()
      }
      exchange.context = timer
      timer.schedule(after: .milliseconds(500))
    } limits: {
      $0.headerTimeout = .milliseconds(50)
      $0.keepAliveTimeout = .milliseconds(50)
      $0.sendTimeout = .milliseconds(50)
    } run: { server in
      let response = try await TestClient.get(server.port, "/")
      #expect(response.text == "one two")
      #expect(response.chunks.count == 2)
    }
  }
}

/// Keeps a stream full for ever.
private final class Pump {
  private let stream: ResponseStream
  private let piece: [UInt8]

  init(_ stream: ResponseStream, _ piece: [UInt8]) {
    self.stream = stream
    self.piece = piece
    stream.onRoom = { [unowned self] in fill() }
  }

  func fill() {
    while !stream.isFull { stream.write(piece) }
  }
}
