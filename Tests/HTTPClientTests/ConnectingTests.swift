import EventLoop
import GatewayTesting
import Testing

@testable import HTTPClient

/// Transfers that end while their connection is being made.
@Suite struct ConnectingTests {
  private static let timeouts = TransferTimeouts(
    connect: .seconds(60), firstByte: .seconds(60), idle: .seconds(60))

  /// Keeps what a transfer tells.
  private final class Listener: TransferDelegate {
    var status: Int?
    var error: TransferError?

    func transfer(_ transfer: Transfer, didReceive head: ResponseHead) { status = head.status }
    func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
      .proceed
    }
    func transferDidEnd(_ transfer: Transfer, error: TransferError?) { self.error = error }
  }

  private static func request(port: UInt16) -> ClientRequest {
    ClientRequest(method: "GET", url: "http://127.0.0.1:\(port)/api/tags", timeouts: timeouts)
  }

  /// libcurl closes such a socket without a word. The number of its descriptor is the next connection's, which must be
  /// watched as a new one.
  @Test func leaveNothingBehind() async throws {
    let unanswered = try UnansweredPort()
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let loop = try EventLoop(name: "client")
    defer { loop.shutDown() }
    let client = await loop.run { LoopBound(HTTPClient(loop: loop), to: loop) }
    for _ in 0..<4 {
      let transfer = await loop.run {
        LoopBound(
          client.value.start(Self.request(port: unanswered.port), delegate: Listener()), to: loop)
      }
      try await eventually("it connects") { await loop.run { client.value.openConnections == 1 } }
      await loop.run { transfer.value.cancel() }
      #expect(await loop.run { client.value.openConnections } == 0)
    }
    let listener = await loop.run {
      let listener = Listener()
      _ = client.value.start(Self.request(port: ollama.port), delegate: listener)
      return LoopBound(listener, to: loop)
    }
    try await eventually("the response comes") { await loop.run { listener.value.status == 200 } }
    await loop.run { client.value.close() }
  }
}
