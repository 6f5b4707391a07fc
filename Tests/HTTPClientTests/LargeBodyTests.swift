import EventLoop
import GatewayTesting
import Testing

@testable import HTTPClient

/// Bodies that libcurl reads where they are.
@Suite struct LargeBodyTests {
  private static let timeouts = TransferTimeouts(
    connect: .seconds(60), firstByte: .seconds(60), idle: .seconds(60))
  /// No two pieces of it are the same.
  private static let body = (0..<(1 << 20)).flatMap { number in
    [
      UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8),
      UInt8(truncatingIfNeeded: number >> 16),
    ]
  }

  private final class Listener: TransferDelegate {
    var status: Int?
    var hasEnded = false
    var error: TransferError?

    func transfer(_ transfer: Transfer, didReceive head: ResponseHead) { status = head.status }
    func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
      .proceed
    }
    func transferDidEnd(_ transfer: Transfer, error: TransferError?) {
      hasEnded = true
      self.error = error
    }
  }

  private func post(
    _ body: [UInt8], to ollama: ScriptedOllama, by client: LoopBound<HTTPClient>, on loop: EventLoop
  ) async throws -> Int? {
    let url = "http://127.0.0.1:\(ollama.port)/api/chat"
    let listener = await loop.run {
      let listener = Listener()
      let request = ClientRequest(method: "POST", url: url, body: .bytes(body), timeouts: Self.timeouts)
      _ = client.value.start(request, delegate: listener)
      return LoopBound(listener, to: loop)
    }
    try await eventually("the transfer ends") { await loop.run { listener.value.hasEnded } }
    if let error = await loop.run({ listener.value.error }) {
      // libcurl sends again where the kept connection says so when it is read, and not where it does in mid-body.
      guard case .brokenOff = error else { throw error }
      return nil
    }
    return await loop.run { listener.value.status }
  }

  /// A kept connection turns out to be closed with a part of the body on its way: all of it goes out on the next.
  @Test(arguments: [Script.Cut.close, .reset])
  func goOutAnewOnANewConnection(_ cut: Script.Cut) async throws {
    let ollama = try ScriptedOllama { _ in .thenStale(.json("{}"), cut) }
    defer { ollama.stop() }
    let loop = try EventLoop(name: "client")
    defer { loop.shutDown() }
    let client = await loop.run { LoopBound(HTTPClient(loop: loop), to: loop) }
    // Small ones and large ones, by one handle.
    let bodies = [Self.body, [1], Self.body, Array(Self.body.prefix(HandleBody.small)), Self.body, Self.body]
    for (number, body) in bodies.enumerated() {
      guard let status = try await post(body, to: ollama, by: client, on: loop) else { continue }
      #expect(status == 200)
      #expect(ollama.requests.last?.body.digest == ByteDigest(of: body), "\(number)")
      #expect(ollama.requests.last?.headers.values(of: "Content-Length") == ["\(body.count)"])
      #expect(ollama.requests.last?.headers.values(of: "Expect") == [])
    }
    await loop.run { client.value.close() }
  }

  /// libcurl has given the handle back, so the body is its owner's again.
  @Test func areKeptNoLongerThanTheTransfer() async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    defer { ollama.stop() }
    let loop = try EventLoop(name: "client")
    defer { loop.shutDown() }
    let client = await loop.run { LoopBound(HTTPClient(loop: loop), to: loop) }
    let address = Self.body.withUnsafeBytes { $0.baseAddress }
    var body = Self.body
    body[0] = 7
    let copied = body.withUnsafeBytes { $0.baseAddress }
    #expect(copied != address)
    #expect(try await post(body, to: ollama, by: client, on: loop) == 200)
    body[1] = 7
    // It was changed in place: nobody else has it.
    #expect(body.withUnsafeBytes { $0.baseAddress } == copied)
    await loop.run { client.value.close() }
  }
}
