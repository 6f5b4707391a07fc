import EventLoop
import GatewayTesting
import Testing

@testable import HTTPClient

/// Timers refer to their owners without owning them: those of a client that is closed must not fire.
@Suite struct ClosedClientTests {
  private final class Listener: TransferDelegate {
    func transfer(_ transfer: Transfer, didReceive head: ResponseHead) {}
    func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand { .pause }
    func transferDidEnd(_ transfer: Transfer, error: TransferError?) {
      Issue.record("a client that is closed lets go of its transfers without a word")
    }
  }

  private static let limit = Duration.milliseconds(200)

  @Test func timersEndWithTheirClient() async throws {
    let unanswered = try UnansweredPort()
    let ollama = try ScriptedOllama { $0.path == "/silent" ? .silent : .stalled }
    defer { ollama.stop() }
    let loop = try EventLoop(name: "client")
    defer { loop.shutDown() }
    let client = await loop.run {
      LoopBound(HTTPClient(loop: loop, retirementTime: Self.limit), to: loop)
    }
    await loop.run {
      let limits = TransferTimeouts(connect: Self.limit, firstByte: Self.limit, idle: Self.limit)
      for (port, path) in [(unanswered.port, "/"), (ollama.port, "/silent"), (ollama.port, "/stalled")] {
        let request = ClientRequest(
          method: "GET", url: "http://127.0.0.1:\(port)\(path)", expectsStream: true, timeouts: limits)
        _ = client.value.start(request, delegate: Listener())
      }
      client.value.start(
        ClientRequest(method: "GET", url: "http://127.0.0.1:\(ollama.port)/gone", timeouts: limits),
        delegate: Listener()
      ).cancel()
      client.value.close()
    }
    // Due after all of theirs.
    await withCheckedContinuation { continuation in
      loop.execute { loop.makeTimer { continuation.resume() }.schedule(after: Self.limit * 2) }
    }
    #expect(await loop.run { client.value.activeTransfers } == 0)
  }
}
