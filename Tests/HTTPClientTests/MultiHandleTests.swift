import EventLoop
import GatewayTesting
import Testing

@testable import HTTPClient

/// More transfers than one multi handle of libcurl's takes.
@Suite struct MultiHandleTests {
  private static let count = 2 * MultiHandle.connectionLimit + 20
  private static let timeouts = TransferTimeouts(
    connect: .seconds(60), firstByte: .seconds(60), idle: .seconds(60))

  /// Counts the transfers that end well. On the client's loop.
  private final class Listener: TransferDelegate {
    var ended = 0
    var failed = 0

    func transfer(_ transfer: Transfer, didReceive head: ResponseHead) {}
    func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
      .proceed
    }
    func transferDidEnd(_ transfer: Transfer, error: TransferError?) {
      ended += 1
      if error != nil { failed += 1 }
    }
  }

  /// A client, and who hears of its transfers.
  private struct Parts {
    let client: HTTPClient
    let listener = Listener()
  }

  private let ollama: ScriptedOllama
  private let loop: EventLoop

  init() throws {
    ProcessFigures.raiseDescriptorLimit()
    ollama = try ScriptedOllama { _ in
      Script([.gate("responses"), .response(200, ["Content-Length": "2"], Array("{}".utf8))])
    }
    loop = try EventLoop(name: "client")
  }

  private func withClient(
    retirementTime: Duration, _ body: (LoopBound<Parts>) async throws -> Void
  ) async throws {
    let loop = loop
    let parts = await loop.run {
      LoopBound(Parts(client: HTTPClient(loop: loop, retirementTime: retirementTime)), to: loop)
    }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(parts)) } catch { outcome = .failure(error) }
    await loop.run { parts.value.client.close() }
    loop.shutDown()
    ollama.stop()
    try outcome.get()
  }

  private func start(_ count: Int, _ parts: LoopBound<Parts>) async {
    let url = "http://127.0.0.1:\(ollama.port)/api/tags"
    await loop.run {
      let request = ClientRequest(method: "GET", url: url, timeouts: Self.timeouts)
      for _ in 0..<count { _ = parts.value.client.start(request, delegate: parts.value.listener) }
    }
  }

  private func waitForEnd(of count: Int, _ parts: LoopBound<Parts>) async throws {
    try await eventually("\(count) transfers have ended") {
      await loop.run { parts.value.listener.ended } == count
    }
    #expect(await loop.run { parts.value.listener.failed } == 0)
  }

  @Test func shareTheTransfersAndKeepTheirConnections() async throws {
    try await withClient(retirementTime: .seconds(118)) { parts in
      await start(Self.count, parts)
      try await ollama.wait("all requests are there") { $0.requestCount == Self.count }
      #expect(await loop.run { parts.value.client.multiHandleCount } == 3)
      ollama.open("responses")
      try await waitForEnd(of: Self.count, parts)
      // Over the connections of all three.
      await start(Self.count, parts)
      try await waitForEnd(of: 2 * Self.count, parts)
      #expect(await loop.run { parts.value.client.openConnections } == Self.count)
      #expect(ollama.snapshot.openConnections == Self.count)
    }
  }

  @Test func closeTheirConnectionsWhenTheyAreNotNeededAnyMore() async throws {
    try await withClient(retirementTime: .milliseconds(20)) { parts in
      ollama.open("responses")
      await start(Self.count, parts)
      try await waitForEnd(of: Self.count, parts)
      try await ollama.wait("the first one's connections are left") {
        $0.openConnections <= MultiHandle.connectionLimit
      }
      #expect(await loop.run { parts.value.client.multiHandleCount } == 1)
      // Who asks now gets one of them.
      let open = ollama.snapshot.openConnections
      await start(1, parts)
      try await waitForEnd(of: Self.count + 1, parts)
      #expect(ollama.snapshot.openConnections == open)
    }
  }
}
