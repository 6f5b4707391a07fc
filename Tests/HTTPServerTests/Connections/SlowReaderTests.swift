import Budgets
import EventLoop
import GatewayTesting
import Glibc
import HTTPServer
import System
import Testing

/// Clients that take a response slowly, or not at all.
@Suite struct SlowReaderTests {
  private static let content = [UInt8](repeating: 0x78, count: 4 << 20)

  /// By the ways in which a response goes out: whole in pieces, and past the library.
  private static func respond(_ exchange: ServerExchange) {
    guard exchange.request.target == "/stream" else {
      return exchange.respond(ServerResponse(status: 200, body: .bytes(content)))
    }
    let stream = ResponseStream()
    exchange.respond(ServerResponse(status: 200, body: .stream(stream, length: nil)))
    let pump = StreamPump(stream, content)
    exchange.context = pump
    // Once the library has suspended the connection: then it goes past it.
    pump.timer.schedule(after: .milliseconds(20))
  }

  /// A byte now and then is no reading.
  @Test(arguments: ["/", "/stream"]) func aReaderThatTricklesIsCut(_ path: String) async throws {
    try await withServer {
      Self.respond($0)
    } limits: {
      $0.sendTimeout = .milliseconds(500)
    } run: { server in
      let received = try await TestClient.run(server.port, receiveBuffer: 4096) { connection in
        try connection.sendRequest("GET", path)
        var count = 0
        // 200 bytes a second.
        while try connection.receiveBytes(atMost: 1) != nil {
          count += 1
          if connection.isClosedByPeer { break }
          usleep(5000)
        }
        return count
      }
      #expect(received < Self.content.count)
      #expect(server.record.withLock { $0.cutOff } == 1)
      try await eventually("all is given back") { await server.unsentBytes == 0 }
    }
  }

  @Test(arguments: ["/", "/stream"]) func whatWaitsIsCountedAndGivenBack(_ path: String) async throws {
    try await withServer {
      Self.respond($0)
    } run: { server in
      let stuck = try StreamSwarm(server.port, count: 3, receiveBuffer: 4096, stalls: { _ in true }) { _ in
        TestClient.requestBytes("GET", path)
      }
      try await eventually("it is counted") { await server.unsentBytes >= 3 * ResponseStream.highWaterMark }
      stuck.stop()
      try await eventually("all is given back") { await server.unsentBytes == 0 }
    }
  }

  /// Where no memory is left, a stream waits for its reader sooner, and misses nothing.
  @Test func withoutMemoryAStreamGoesOnInSmallerSteps() async throws {
    let memory = MemoryBudget(.unsent, limit: 0, leastShare: 0)
    try await withServer {
      Self.respond($0)
    } limits: {
      $0.unsentMemory = memory
    } run: { server in
      let swarm = try StreamSwarm(server.port, count: 5, receiveBuffer: 4096, stalls: { _ in true }) { _ in
        TestClient.requestBytes("GET", "/stream")
      }
      try await eventually("something waits") { await server.unsentBytes > 0 }
      // A step of the pump's each, and what is free.
      #expect(await server.unsentBytes < 5 * (StreamPump.step + 32 * 1024))
      swarm.readStalled()
      let expected = ByteDigest(of: Self.content)
      for outcome in try await swarm.finish() {
        #expect(outcome.isComplete && outcome.digest == expected, "\(outcome)")
      }
    }
  }
}

/// Writes content as a stream has room for it.
private final class StreamPump {
  static let step = 64 * 1024
  private let stream: ResponseStream
  private let content: [UInt8]
  private var written = 0
  private(set) var timer: LoopTimer!

  init(_ stream: ResponseStream, _ content: [UInt8]) {
    self.stream = stream
    self.content = content
    timer = EventLoop.current!.makeTimer { [weak self] in self?.fill() }
    stream.onRoom = { [weak self] in self?.fill() }
  }

  private func fill() {
    while !stream.isFull && written < content.count {
      let end = min(written + StreamPump.step, content.count)
      stream.write(Array(content[written..<end]))
      written = end
      // What a tick of the loop wrote is counted at its end.
      if written < content.count { return timer.schedule(after: .milliseconds(1)) }
    }
    if written == content.count { stream.finish() }
  }
}
