import HTTPFields
import Testing

@testable import HTTPServer

@Suite struct RequestHeadParserTests {
  private static let parser = RequestHeadParser(HTTPServerLimits())

  private enum Outcome: Equatable {
    case incomplete
    /// Its size, and the empty line before it.
    case complete(Int, start: Int)
    case refused(Int)
  }

  private func parse(_ text: String, limit: Int = 12 * 1024) -> Outcome {
    var limits = HTTPServerLimits()
    limits.headerBytes = limit
    return Array(text.utf8).withUnsafeBytes { bytes in
      switch RequestHeadParser(limits).parse(bytes) {
      case .incomplete: .incomplete
      case .complete(let head): .complete(head.size, start: head.start)
      case .refused(let refusal, _): .refused(refusal.status)
      }
    }
  }

  @Test func aHead() throws {
    let text = "POST /a?b HTTP/1.1\r\nHost: a\r\nX:  y z \r\nEmpty:\r\nContent-Length: 5\r\n\r\nhello"
    let head = try Array(text.utf8).withUnsafeBytes { bytes in
      guard case .complete(let head) = Self.parser.parse(bytes) else { throw NoHead() }
      return head
    }
    #expect(head.size == text.utf8.count - 5)
    #expect(head.request.method == "POST")
    #expect(head.request.target == "/a?b")
    #expect(head.request.version == .http1_1)
    #expect(head.request.contentLength == 5)
    let fields = Array(head.request.fields)
    #expect(fields.map(\.name) == ["Host", "X", "Empty", "Content-Length"])
    #expect(fields.map(\.value) == ["a", "y z", "", "5"])
  }

  private struct NoHead: Error {}

  /// Each beginning of a sound head is incomplete, and nothing else.
  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\nGET /?a=b&c HTTP/1.1\r\nHost: a\r\nCookie: a=b; c\r\n\r\n",
    "OPTIONS * HTTP/1.0\r\n\r\n", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
  ]) func beginnings(_ text: String) {
    let start = text.utf8.first == 0x0d ? 2 : 0
    for count in 0..<text.utf8.count {
      #expect(parse(String(decoding: text.utf8.prefix(count), as: UTF8.self)) == .incomplete, "\(count)")
    }
    #expect(parse(text) == .complete(text.utf8.count - start, start: start))
    #expect(parse(text + "GET / HT") == .complete(text.utf8.count - start, start: start))
  }

  /// What can be nothing else is refused before its end has come.
  @Test(arguments: [
    ("\u{16}\u{3}\u{1}", 400), (" GET", 400), ("\r\n\r\n", 400), ("\n", 400), ("GET /\n", 400),
    ("GET\r\n", 400),
    ("GET  / HTTP/1.1\r\n", 400), ("GET / HTTP/2.0\r\n", 505), ("GET / HTTP/0.9\r\n", 505),
    ("GET / HTTP/1.1 \r\n", 400), ("GET / HTTP/11\r\n", 400), ("GET / http/1.1\r\n", 400), ("GET /\r\n", 400),
    ("GET / HTTP/1.1\r\nX\r\n", 400), ("GET / HTTP/1.1\r\n: x\r\n", 400),
    ("GET / HTTP/1.1\r\n x: y\r\n", 400),
    ("GET / HTTP/1.1\r\nX: y\n", 400), ("GET / HTTP/1.1\r\nContent-Length: 5 \r\n", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\t\r\n", 400),
  ]) func refusedAtOnce(_ text: String, _ status: Int) {
    #expect(parse(text) == .refused(status))
  }

  /// At its end: what every field of the head has a say in.
  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
  ]) func refusedAtTheEnd(_ text: String, _ status: Int) {
    #expect(parse(text) == .refused(status))
  }

  /// A head that is too large is refused as soon as that is certain.
  @Test func limits() {
    let long = String(repeating: "a", count: 1000)
    #expect(parse(long, limit: 500) == .refused(414))
    #expect(parse("GET /\(long)", limit: 500) == .refused(414))
    #expect(parse("GET /\(long) HTTP/1.1\r\nHo", limit: 500) == .refused(414))
    #expect(parse("GET / HTTP/1.1\r\nX: \(long)", limit: 500) == .refused(431))
    #expect(parse("GET /?a&b&c&d&e&f&g&h&i&j HTTP/1.1\r\nHost: a\r\n\r\n", limit: 500) == .refused(414))
    #expect(
      parse("GET / HTTP/1.1\r\nHost: a\r\nCookie: a;b;c;d;e;f;g;h\r\n\r\n", limit: 500) == .refused(431))
    let few = "GET /?a HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n"
    #expect(parse(few, limit: 500) == .complete(few.utf8.count, start: 0))
  }

  /// Of later heads the library has cut the first line; behind what has come are zeros.
  @Test func aCutHead() throws {
    let end = Daemon.isOldLibrary ? "\0\0" : "\0\n"
    let whole = "GET\0/a?b\0HTTP/1.1\(end)Host: a\r\nX: y\r\n\r\n"
    for count in "GET\0/a?b\0HTTP/1.1\0\0".utf8.count...whole.utf8.count {
      let bytes = Array(whole.utf8.prefix(count)) + [UInt8](repeating: 0, count: 100)
      bytes.withUnsafeBytes { bytes in
        switch Self.parser.parse(cut: bytes, target: 4..<8) {
        case .incomplete(let end): #expect(end == count && count < whole.utf8.count)
        case .complete(let head):
          #expect(count == whole.utf8.count && head.size == count)
          #expect(head.request.method == "GET" && head.request.target == "/a?b")
        case .refused(let refusal, _): Issue.record("\(count): \(refusal)")
        }
      }
    }
    for broken in ["GET\0/a?b\0HTTP/1.1\0Host: a\r\n\r\n", "GET\0/a?b\0HTTP/1.", "GET \0/a?\0HTTP/1.1\(end)"]
    {
      let isRefused = Array(broken.utf8).withUnsafeBytes { bytes in
        if case .refused = Self.parser.parse(cut: bytes, target: 4..<8) { true } else { false }
      }
      #expect(isRefused, "\(broken.debugDescription)")
    }
  }
}
