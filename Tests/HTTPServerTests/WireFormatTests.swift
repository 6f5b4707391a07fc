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
}
