import EventLoop
import GatewayTesting
import Glibc
import System
import Testing

@testable import HTTPClient

/// How long a transfer may take, and what is asked of the kernel meanwhile.
@Suite struct TimeLimitTests {
  private func fetch(
    _ ollama: ScriptedOllama, _ timeouts: TransferTimeouts, pausingFor pause: Duration? = nil
  ) async throws -> String {
    let loop = try EventLoop(name: "client")
    defer { loop.shutDown() }
    let port = ollama.port
    let client = await loop.run { LoopBound(HTTPClient(loop: loop), to: loop) }
    let outcome = Lock<String?>(nil)
    await loop.run {
      let request = ClientRequest(method: "GET", url: "http://127.0.0.1:\(port)/api/tags", timeouts: timeouts)
      let listener = Listener { result in outcome.withLock { $0 = result } }
      listener.pause = pause.map { (loop, $0) }
      _ = client.value.start(request, delegate: listener)
    }
    try await eventually("it has ended") { outcome.withLock { $0 } != nil }
    await loop.run { client.value.close() }
    return outcome.withLock { $0 } ?? ""
  }

  private final class Listener: TransferDelegate {
    private let whenEnded: @Sendable (String) -> Void
    private var bytes = 0
    /// After the first bytes, for so long.
    var pause: (loop: EventLoop, time: Duration)?

    init(_ whenEnded: @escaping @Sendable (String) -> Void) { self.whenEnded = whenEnded }

    func transfer(_ transfer: Transfer, didReceive head: ResponseHead) {}
    func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
      self.bytes += bytes.count
      guard let (loop, time) = pause.take() else { return .proceed }
      let timer = loop.makeTimer { transfer.resume() }
      timer.schedule(after: time)
      return .pause
    }
    func transferDidEnd(_ transfer: Transfer, error: TransferError?) {
      whenEnded(error.map { "\($0)" } ?? "\(bytes) bytes")
    }
  }

  private static func limits(_ firstByte: Duration?, _ idle: Duration?, _ whole: Duration?)
    -> TransferTimeouts
  {
    TransferTimeouts(connect: .seconds(60), firstByte: firstByte, idle: idle, whole: whole)
  }

  /// However often something comes.
  @Test func ofTheWhole() async throws {
    let ollama = try ScriptedOllama { _ in .endless(every: .milliseconds(5)) }
    defer { ollama.stop() }
    #expect(try await fetch(ollama, Self.limits(nil, nil, .milliseconds(200))) == "the response stopped")
    ollama.respond { _ in .silent }
    #expect(try await fetch(ollama, Self.limits(nil, nil, .milliseconds(200))) == "no response in time")
    #expect(
      try await fetch(ollama, Self.limits(.milliseconds(50), nil, .seconds(60))) == "no response in time")
  }

  /// The time in which its reader has paused it does not count.
  @Test func ofTheWholeButForPauses() async throws {
    let ollama = try ScriptedOllama { _ in
      [.streamHead(), .chunk("one"), .gate("on"), .chunk("two"), .endChunks]
    }
    defer { ollama.stop() }
    ollama.open("on")
    let limits = Self.limits(nil, nil, .seconds(2))
    #expect(try await fetch(ollama, limits, pausingFor: .seconds(3)) == "6 bytes")
  }

  /// One that has none waits as long as it takes, beside one that has.
  @Test("A transfer without time-outs waits as long as it takes") func none() async throws {
    let ollama = try ScriptedOllama { _ in [.gate("on")] + .json("{}") }
    defer { ollama.stop() }
    async let patient = fetch(ollama, Self.limits(nil, nil, nil))
    try await ollama.wait("it is asked") { $0.waiting(at: "on") == 1 }
    #expect(try await fetch(ollama, Self.limits(.milliseconds(100), nil, nil)) == "no response in time")
    ollama.open("on")
    #expect(try await patient == "2 bytes")
  }

  /// Of a server that goes without a word the kernel tells.
  @Test func connectionsAreAskedWhetherTheyLive() async throws {
    let ollama = try ScriptedOllama { _ in .silent }
    defer { ollama.stop() }
    let loop = try EventLoop(name: "client")
    defer { loop.shutDown() }
    let port = ollama.port
    let client = await loop.run { LoopBound(HTTPClient(loop: loop), to: loop) }
    await loop.run {
      let request = ClientRequest(
        method: "GET", url: "http://127.0.0.1:\(port)/", timeouts: Self.limits(nil, nil, nil))
      _ = client.value.start(request, delegate: Listener { _ in })
    }
    try await ollama.wait("it is asked") { $0.inProgressCount == 1 }
    let options = await loop.run {
      let descriptor = client.value.openDescriptors[0]
      return [
        (SOL_SOCKET, SO_KEEPALIVE), (Int32(IPPROTO_TCP), TCP_KEEPIDLE), (Int32(IPPROTO_TCP), TCP_KEEPINTVL),
        (Int32(IPPROTO_TCP), TCP_KEEPCNT),
      ].map { level, name in
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, level, name, &value, &size)
        return value
      }
    }
    #expect(options == [1, 30, 30, 3])
    await loop.run { client.value.close() }
  }
}
