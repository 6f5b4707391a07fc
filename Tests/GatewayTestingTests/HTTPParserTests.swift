import Testing

@testable import GatewayTesting

@Suite struct HTTPParserTests {
  /// What a parser makes of bytes that come in the given pieces; pieces of bodies are put together.
  private func events(
    _ role: HTTPParser.Role, _ pieces: [[UInt8]], closed: Bool = false
  ) throws -> [HTTPParser.Event] {
    var parser = HTTPParser(role)
    var events: [HTTPParser.Event] = []
    for piece in pieces {
      parser.append(piece)
      while let event = try parser.next() {
        if case .body(let more) = event, case .body(let bytes) = events.last {
          events[events.count - 1] = .body(bytes + more)
        } else {
          events.append(event)
        }
      }
    }
    if closed, let event = try parser.finish() { events.append(event) }
    return events
  }

  private func events(_ role: HTTPParser.Role, _ text: String) throws -> [HTTPParser.Event] {
    try events(role, [Array(text.utf8)])
  }

  private let twoRequests =
    "POST /api/chat?x=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n"
    + "Trailer: t\r\n\r\nPUT / HTTP/1.1\r\nhost:b \r\nContent-Length: 4\r\n\r\nbody"

  @Test func messagesAreTheSameHoweverTheyAreSplit() throws {
    let bytes = Array(twoRequests.utf8)
    let whole = try events(.requests, [bytes])
    #expect(whole.count == 9)
    guard case .head(let first) = whole[0], case .head(let second) = whole[6] else {
      Issue.record("no heads: \(whole)")
      return
    }
    #expect(try first.requestLine() == ("POST", "/api/chat?x=1", "HTTP/1.1"))
    #expect(
      whole[1...4] == [.body(Array("hello".utf8)), .chunkEnd, .body(Array("0123456789".utf8)), .chunkEnd])
    #expect(second.headers.fields.map(\.name) == ["host", "Content-Length"])
    #expect(second.headers["HOST"] == "b")
    #expect(whole[7...] == [.body(Array("body".utf8)), .end])
    for split in 1..<bytes.count {
      #expect(try events(.requests, [Array(bytes[..<split]), Array(bytes[split...])]) == whole)
    }
    #expect(try events(.requests, bytes.map { [$0] }) == whole)
  }

  @Test func rawBytesAreKeptAsTheyCame() throws {
    let bytes = Array(twoRequests.utf8)
    var parser = HTTPParser(.requests)
    parser.keepsRaw = true
    for byte in bytes {
      parser.append([byte])
      while try parser.next() != nil {}
    }
    #expect(parser.takeRaw() == bytes)
    #expect(parser.takeRaw().isEmpty)
    #expect(parser.isBetweenMessages)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "two lengths"),
    ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "a negative length"),
    ("GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", "a length with a sign"),
    ("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "a length past Int"),
    ("GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "length and chunked"),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "another coding"),
    ("GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", "white space in a name"),
    ("GET / HTTP/1.1\r\nName : x\r\n\r\n", "white space before the colon"),
    ("GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", "a folded line"),
    ("GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", "a bare line feed"),
    ("GET / HTTP/1.1\r\nno colon\r\n\r\n", "no colon"),
    ("GET  / HTTP/1.1\r\n\r\n", "two spaces"),
    ("GET / HTTP/2\r\n\r\n", "another version"),
    ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "a negative chunk size"),
    ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "an empty chunk size"),
    ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "a huge chunk size"),
    (
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n", "a chunk size that ends in a line feed"
    ),
    ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz", "a chunk longer than its size"),
  ])
  func whatBreaksTheRulesIsRefused(_ text: String, _ what: Comment) throws {
    #expect(throws: HTTPSyntaxError.self, what) { try events(.requests, text) }
  }

  @Test func aHeadHasALimit() throws {
    var parser = HTTPParser(.requests, headLimit: 1000)
    parser.append(Array("GET / HTTP/1.1\r\nA: \(String(repeating: "a", count: 2000))".utf8))
    #expect(throws: HTTPSyntaxError.headTooLong(limit: 1000)) { try parser.next() }
  }

  @Test func responsesFindTheEndOfTheirBody() throws {
    let noContent = try events(.responses, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")
    #expect(noContent.count == 2 && noContent[1] == .end)
    let interim = try events(
      .responses, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    #expect(interim.count == 5)
    let untilClose = Array("HTTP/1.0 200 OK\r\n\r\nall of it".utf8)
    #expect(try events(.responses, [untilClose]).last == .body(Array("all of it".utf8)))
    #expect(try events(.responses, [untilClose], closed: true).last == .end)
    var head = HTTPParser(.responses)
    head.respondsToHEAD = true
    head.append(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8))
    _ = try head.next()
    #expect(try head.next() == .end)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
  ])
  func anEarlyEndIsNoEnd(_ text: String) throws {
    #expect(throws: HTTPSyntaxError.truncated) { try events(.responses, [Array(text.utf8)], closed: true) }
  }
}
