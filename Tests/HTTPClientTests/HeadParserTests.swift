import HTTPFields
import Testing

@testable import HTTPClient

@Suite struct HeadParserTests {
  /// Feeds lines one by one, as libcurl does, up to the first head.
  private func parse(_ lines: [String]) throws -> ResponseHead? {
    var parser = HeadParser()
    for line in lines {
      let head = try Array(line.utf8).withUnsafeBytes { try parser.take(line: $0) }
      if let head { return head }
    }
    return nil
  }

  @Test func readsAHead() throws {
    let head = try #require(
      try parse([
        "HTTP/1.1 200 OK\r\n", "Content-Type: application/json\r\n", "X-Empty:\r\n",
        "x-spaced: \t a b \t\r\n",
        "Content-Length: 12\r\n", "\r\n",
      ]))
    #expect(head.status == 200)
    #expect(head.fields.map(\.name) == ["Content-Type", "X-Empty", "x-spaced", "Content-Length"])
    #expect(head.first("content-type") == "application/json")
    #expect(head.first("x-empty") == "")
    #expect(head.first("x-spaced") == "a b")
    #expect(head.contentLength == 12)
  }

  @Test func takesAStatusWithoutReasonAndBareLineFeeds() throws {
    #expect(try parse(["HTTP/1.1 404\r\n", "\r\n"])?.status == 404)
    #expect(try parse(["HTTP/1.0 503 Service Unavailable\n", "A: b\n", "\n"])?.status == 503)
  }

  @Test func skipsInterimResponses() throws {
    let head = try parse([
      "HTTP/1.1 100 Continue\r\n", "X-Interim: 1\r\n", "\r\n", "HTTP/1.1 103 Early Hints\r\n", "Link: a\r\n",
      "\r\n",
      "HTTP/1.1 201 Created\r\n", "X: 1\r\n", "\r\n",
    ])
    #expect(head?.status == 201)
    #expect(head?.fields.map(\.name) == ["X"])
  }

  @Test(arguments: [
    "HTTP/1.1 \r\n", "HTTP/1.1\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 -20 OK\r\n",
    "HTTP/1.1 099 X\r\n", "HTTP/1.1 600 X\r\n", "HTTP/1.1 999 X\r\n",
  ])
  func refusesAStatusLineWithoutStatus(_ line: String) {
    #expect(throws: HeadParser.ParsingError.self) { try parse([line, "\r\n"]) }
  }

  /// What goes on with the value before it is never a field of its own.
  @Test(arguments: [
    [" Set-Cookie: a=1\r\n"], ["\tSet-Cookie: a=1\r\n"], [" \r\n"], ["X: 1\r\n", " Set-Cookie: a=1\r\n"],
    ["X:\r\n", "\t\r\n"], ["X: 1\r\n", " \r\n", "Y: 2\r\n"],
  ])
  func refusesFoldedLines(_ lines: [String]) {
    let failure = HeadParser.ParsingError(reason: "a folded header line")
    for status in ["200 OK", "103 Early Hints"] {
      #expect(throws: failure) { try parse(["HTTP/1.1 \(status)\r\n"] + lines + ["\r\n"]) }
    }
  }

  @Test func takesNoLineWithinAHeadForAStatusLine() throws {
    let head = try parse(["HTTP/1.1 200 OK\r\n", "X: 1\r\n", "HTTP/1.1 500 Y: 2\r\n", "\r\n"])
    #expect(head?.status == 200)
    #expect(head?.fields.map(\.name) == ["X", "HTTP/1.1 500 Y"])
  }

  @Test(arguments: [
    (["Content-Length: 5"], 5), (["Content-Length: 5", "content-length: 5"], 5),
    (["Content-Length: 5, 5"], 5), (["Content-Length: 5 ,\t5", "Content-Length: 05"], 5),
    (["Content-Length: 5", "Transfer-Encoding: chunked"], nil),
    (["transfer-encoding: CHUNKED", "Content-Length: 5", "Content-Length: 6"], nil),
    (["Content-Length: 0"], 0), ([], nil),
  ])
  func believesALengthThatIsOne(_ fields: [String], _ length: Int?) throws {
    let head = try parse(["HTTP/1.1 200 OK\r\n"] + fields.map { $0 + "\r\n" } + ["\r\n"])
    #expect(head?.contentLength == length)
  }

  @Test(arguments: [
    ["Content-Length: 5", "Content-Length: 6"], ["Content-Length: 5, 6"], ["Content-Length: 5,"],
    ["Content-Length: ,5"], ["Content-Length: +5"], ["Content-Length: -1"], ["Content-Length:"],
    ["Content-Length: 5 5"], ["Content-Length: 0x5"], ["Content-Length: 5.0"], ["Content-Length: 5;"],
    ["Content-Length: 18446744073709551621"], ["Content-Length: 9223372036854775807"],
    ["Content-Length : 5"], ["Transfer-Encoding\t: chunked"],
    ["Transfer-Encoding: gzip"], ["Transfer-Encoding: gzip, chunked"], ["Transfer-Encoding: identity"],
    ["Transfer-Encoding: chunked, chunked"], ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"], ["Transfer-Encoding:"],
    ["Transfer-Encoding: chunked;a=b"], ["Transfer-Encoding: xchunked"],
    ["Transfer-Encoding: gzip", "Content-Length: 5"],
  ])
  func refusesAFramingThatOthersReadInAnotherWay(_ fields: [String]) {
    #expect(throws: HeadParser.ParsingError.self) {
      try parse(["HTTP/1.1 200 OK\r\n"] + fields.map { $0 + "\r\n" } + ["\r\n"])
    }
  }

  @Test(arguments: [
    ("Content-Length: 5", false), ("Transfer-Encoding: chunked", false), ("Content-Length: 0", true),
  ])
  func noContentHasNone(_ field: String, _ isTaken: Bool) {
    let head = try? parse(["HTTP/1.1 204 No Content\r\n", field + "\r\n", "\r\n"])
    #expect((head?.status == 204) == isTaken)
  }

  /// HTTP/1.0 has no transfer codings.
  @Test func takesNoChunksFromHTTP10() throws {
    #expect(throws: HeadParser.ParsingError.self) {
      try parse(["HTTP/1.0 200 OK\r\n", "Transfer-Encoding: chunked\r\n", "\r\n"])
    }
    #expect(try parse(["HTTP/1.0 200 OK\r\n", "Content-Length: 5\r\n", "\r\n"])?.contentLength == 5)
    #expect(try parse(["HTTP/1.0 200 OK\r\n", "\r\n"])?.contentLength == nil)
  }

  @Test func refusesWhatIsNoHead() {
    for lines in [["X: 1\r\n"], ["\r\n"], ["HTTP/1.1 200 OK\r\n", "\rX: 1\r\n"]] {
      #expect(throws: HeadParser.ParsingError.self) { try parse(lines) }
    }
  }

  @Test func boundsTheNumberOfFields() throws {
    let fields = (0..<HeadParser.fieldLimit).map { "X-\($0): 1\r\n" }
    #expect(try parse(["HTTP/1.1 200 OK\r\n"] + fields + ["\r\n"])?.fields.count == HeadParser.fieldLimit)
    #expect(throws: HeadParser.ParsingError.self) {
      try parse(["HTTP/1.1 200 OK\r\n"] + fields + ["One-More: 1\r\n", "\r\n"])
    }
  }

  @Test func boundsTheBytes() {
    let line = "X: " + String(repeating: "x", count: HeadParser.byteLimit) + "\r\n"
    #expect(throws: HeadParser.ParsingError.self) { try parse(["HTTP/1.1 200 OK\r\n", line, "\r\n"]) }
  }

  /// Interim responses without end count as well.
  @Test func boundsInterimResponses() {
    let interim = ["HTTP/1.1 103 Early Hints\r\n", "\r\n"]
    let lines = (0..<HeadParser.byteLimit / 28 + 1).flatMap { _ in interim }
    #expect(throws: HeadParser.ParsingError.self) { try parse(lines) }
  }

  @Test func readsFieldsThatAreNotUTF8() throws {
    var parser = HeadParser()
    let lines: [[UInt8]] = [
      Array("HTTP/1.1 200 OK\r\n".utf8), Array("X: a".utf8) + [0xff, 0x0d, 0x0a], [0x0d, 0x0a],
    ]
    var head: ResponseHead?
    for line in lines { head = try line.withUnsafeBytes { try parser.take(line: $0) } }
    #expect(head?.first("x") == "a\u{fffd}")
  }
}
