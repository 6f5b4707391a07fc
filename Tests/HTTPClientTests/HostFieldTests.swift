import EventLoop
import GatewayTesting
import HTTPFields
import Testing

@testable import HTTPClient

/// `Host` on the wire: RFC 9110 section 7.2.
@Suite struct HostFieldTests {
  private final class Listener: TransferDelegate {
    var hasEnded = false

    func transfer(_ transfer: Transfer, didReceive head: ResponseHead) {}
    func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
      .proceed
    }
    func transferDidEnd(_ transfer: Transfer, error: TransferError?) { hasEnded = true }
  }

  private static func request(_ url: String, _ body: ClientRequest.Body) -> ClientRequest {
    let timeouts = TransferTimeouts(connect: .seconds(60), firstByte: .seconds(60), idle: .seconds(60))
    return ClientRequest(
      method: body.isNone ? "GET" : "POST", url: url, fields: [("X-Own", "1")], body: body,
      timeouts: timeouts)
  }

  /// One handle serves them all, one after the other: nothing is left of the server before, nor of its body.
  @Test func isTheFirstFieldAndTheOnlyOne() async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    defer { ollama.stop() }
    let loop = try EventLoop(name: "client")
    defer { loop.shutDown() }
    let client = await loop.run { LoopBound(HTTPClient(loop: loop), to: loop) }
    let large = [UInt8](repeating: 0x61, count: 3 << 20)
    let requests: [(host: String, body: [UInt8]?)] = [
      ("127.0.0.1", nil), ("127.0.0.1", [1]), ("localhost", [2, 3]), ("127.0.0.1", large), ("localhost", []),
      ("127.0.0.1", nil), ("127.0.0.1", [4]),
    ]
    for (number, (host, body)) in requests.enumerated() {
      let listener = await loop.run {
        let listener = Listener()
        let url = "http://\(host):\(ollama.port)/\(number / 2)"
        _ = client.value.start(Self.request(url, body.map { .bytes($0) } ?? .none), delegate: listener)
        return LoopBound(listener, to: loop)
      }
      try await eventually("the response comes") { await loop.run { listener.value.hasEnded } }
      let seen = try #require(ollama.requests.last)
      #expect(ollama.requests.count == number + 1 && seen.path == "/\(number / 2)")
      #expect(seen.headers.names.first == "Host")
      #expect(seen.headers.values(of: "Host") == ["\(host):\(ollama.port)"])
      let length = body.map { [("\($0.count)")] } ?? []
      #expect(seen.headers.values(of: "Content-Length") == length)
      #expect(seen.headers.names.count == 2 + length.count && seen.headers["X-Own"] == "1")
    }
    await loop.run { client.value.close() }
  }
}

extension ClientRequest.Body {
  fileprivate var isNone: Bool {
    if case .none = self { true } else { false }
  }
}
