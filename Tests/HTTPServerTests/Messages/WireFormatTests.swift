import Bytes
import HTTPFields
import Testing

@testable import HTTPServer

@Suite struct WireFormatTests {
  private func text(_ response: ServerResponse) -> String {
    String(decoding: WireFormat.closingResponse(response), as: UTF8.self)
  }

  @Test func writesAWholeResponse() {
    let response = ServerResponse(
      status: 413, fields: [("Content-Type", "application/json"), ("X-Request-Id", "r1")],
      body: .bytes(Array("{}".utf8)))
    #expect(
      text(response)
        == "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nX-Request-Id: r1\r\n"
        + "Content-Length: 2\r\nConnection: close\r\n\r\n{}")
  }

  @Test func knowsTheReasonsAndHasOneForEverything() {
    #expect(text(ServerResponse(status: 408)).hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    #expect(text(ServerResponse(status: 503)).hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
    #expect(text(ServerResponse(status: 418)).hasPrefix("HTTP/1.1 418 "))
  }

  /// A field with a line end would be two, or the end of the head.
  @Test(arguments: ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "\r\n\r\nevil", "a\u{0}X-Evil"])
  func leavesOutAFieldThatWouldBreakTheHead(_ value: String) {
    let text = text(ServerResponse(status: 400, fields: [("X-Bad", value), ("X-Good", "1")]))
    #expect(!text.contains("vil"))
    #expect(text.contains("X-Good: 1\r\n"))
  }

  /// What many chunks and one call have left in the queue.
  private func chunks(_ contents: [[UInt8]]) -> String {
    var queue = ByteQueue()
    for content in contents { content.withUnsafeBytes { WireFormat.appendChunk($0, to: &queue) } }
    return queue.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    (1, "1"), (9, "9"), (10, "a"), (15, "f"), (16, "10"), (255, "ff"), (256, "100"), (65_536, "10000"),
  ])
  func chunksSayTheirSize(_ size: Int, _ line: String) {
    let content = [UInt8](repeating: UInt8(ascii: "x"), count: size)
    #expect(chunks([content]) == "\(line)\r\n\(String(repeating: "x", count: size))\r\n")
  }

  @Test func chunksFollowEachOther() {
    #expect(chunks([Array("one".utf8), Array("twenty".utf8)]) == "3\r\none\r\n6\r\ntwenty\r\n")
  }
}
