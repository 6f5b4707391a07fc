import EventLoop
import GatewayTesting
import Testing

@testable import HTTPClient

/// Responses with folded header lines, over connections and handles that were used before. libcurl before 8.1.0 wrote to
/// freed memory there: `make sanitize-address ARGS="--filter FoldedLineTests"` sees it.
@Suite struct FoldedLineTests {
  /// Keeps what each transfer tells.
  private final class Listener: TransferDelegate {
    var heads: [ResponseHead] = []
    var ends: [TransferError?] = []

    func transfer(_ transfer: Transfer, didReceive head: ResponseHead) { heads.append(head) }
    func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
      .proceed
    }
    func transferDidEnd(_ transfer: Transfer, error: TransferError?) { ends.append(error) }
  }

  private static let timeouts = TransferTimeouts(
    connect: .seconds(60), firstByte: .seconds(60), idle: .seconds(60))
  private static let sound = "HTTP/1.1 200 OK\r\nX-One: \(String(repeating: "1", count: 300))\r\n"

  private static let folded = [
    "HTTP/1.1 200 OK\r\n folded\r\n", "HTTP/1.1 200 OK\r\n\tfolded\r\n", "HTTP/1.1 200 OK\r\n \r\n",
    "HTTP/1.1 200 OK\r\n Set-Cookie: a=1\r\n",
    "HTTP/1.1 200 OK\r\n \(String(repeating: "x", count: 60_000))\r\n",
    "HTTP/1.1 100 Continue\r\n folded\r\n\r\nHTTP/1.1 200 OK\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n folded\r\n",
    "HTTP/1.1 200 OK\r\nX-One: 1\r\n Set-Cookie: a=1\r\n", "HTTP/1.1 200 OK\r\nX-One: 1\r\n\t\r\n more\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n folded\r\n \(String(repeating: "x", count: 60_000))\r\n",
  ]

  @Test(arguments: folded)
  func areRefusedAndHarmNobody(head: String) async throws {
    let ollama = try ScriptedOllama { request in
      [.text((request.path == "/folded" ? head : Self.sound) + "Content-Length: 2\r\n\r\n{}")]
    }
    defer { ollama.stop() }
    let loop = try EventLoop(name: "client")
    defer { loop.shutDown() }
    let (client, listener) = await loop.run {
      (LoopBound(HTTPClient(loop: loop), to: loop), LoopBound(Listener(), to: loop))
    }
    for (index, path) in ["sound", "sound", "folded", "sound", "folded", "sound"].enumerated() {
      await loop.run {
        let request = ClientRequest(
          method: "GET", url: "http://127.0.0.1:\(ollama.port)/\(path)", timeouts: Self.timeouts)
        _ = client.value.start(request, delegate: listener.value)
      }
      try await eventually("transfer \(index) has ended") {
        await loop.run { listener.value.ends.count } == index + 1
      }
    }
    await loop.run {
      // Some of them libcurl itself refuses.
      #expect(listener.value.ends.map { $0 == nil } == [true, true, false, true, false, true])
      #expect(listener.value.heads.map(\.status) == [200, 200, 200, 200])
      client.value.close()
    }
  }

  @Test func decideByTheLibrarysVersion() {
    for version: UInt32 in [0x07_58_01, 0x08_00_00, 0x08_00_01] {
      #expect(!LibraryVersion.isSafeToReuse(version))
    }
    for version: UInt32 in [0x08_01_00, 0x08_0e_01, 0x09_00_00] {
      #expect(LibraryVersion.isSafeToReuse(version))
    }
  }
}
