import HTTPFields
import Testing

@testable import WebSocket

@Suite struct ResponseHeadTests {
  /// The response in `text` with what is left of it, cut every `length` bytes.
  private func read(
    _ text: String, cutEvery length: Int = .max
  ) throws(HandshakeFailure) -> (head: ResponseHead, rest: String)? {
    var parser = ResponseHeadParser()
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, length == .max ? bytes.count : start + length)
      var piece = Array(bytes[start..<end])
      let outcome = piece.withUnsafeMutableBytes { buffer in
        var input = buffer
        let head = Result { () throws(HandshakeFailure) in try parser.next(from: &input) }
        return (head: head, left: input.count)
      }
      if let head = try outcome.head.get() {
        return (head, String(decoding: bytes[(end - outcome.left)...], as: UTF8.self))
      }
      start = end
    }
    return nil
  }

  private static let response =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection:Upgrade \r\n"
    + "Sec-WebSocket-Accept:\t s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nEmpty:\r\n\r\n"

  @Test func cutsDoNotMatter() throws {
    let key = try #require(HandshakeKey("dGhlIHNhbXBsZSBub25jZQ=="))
    for length in 1...Self.response.utf8.count {
      let read = try #require(try read(Self.response + "frames", cutEvery: length))
      #expect(read.rest == "frames")
      #expect(read.head.status == 101)
      #expect(read.head.fields.map(\.name) == ["Upgrade", "Connection", "Sec-WebSocket-Accept", "Empty"])
      #expect(read.head.fields.first("connection") == "Upgrade")
      #expect(read.head.fields.first("empty") == "")
      let chosen = try ClientHandshake(key: key).subprotocol(
        ofResponse: read.head.status, fields: read.head.fields)
      #expect(chosen == nil)
    }
    #expect(try read(String(Self.response.unicodeScalars.dropLast())) == nil)
  }

  @Test func interimResponsesAreSkipped() throws {
    let read = try #require(
      try read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Self.response))
    #expect(read.head.status == 101)
  }

  @Test func refusalsAreResponses() throws {
    let read = try #require(try read("HTTP/1.1 503 \r\nRetry-After: 5\r\n\r\n{}"))
    #expect(read.head.status == 503)
    #expect(read.head.fields.first("retry-after") == "5")
    #expect(read.rest == "{}")
    #expect(try self.read("HTTP/1.1 404\r\n\r\n")?.head.status == 404)
  }

  @Test(arguments: [
    "\r\n\r\n", "HTTP/1.0 101 X\r\n\r\n", "HTTP/2 101 X\r\n\r\n", "HTTP/1.1 1O1 X\r\n\r\n",
    "HTTP/1.1 099 X\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n", "HTTP/1.1 +10 X\r\n\r\n", "HTTP/1.1  101 X\r\n\r\n",
    "HTTP/1.1 101 X\r\nA : b\r\n\r\n", "HTTP/1.1 101 X\r\n folded: b\r\n\r\n",
    "HTTP/1.1 101 X\r\n: b\r\n\r\n",
    "HTTP/1.1 101 X\r\nnone\r\n\r\n", "HTTP/1.1 101 X\nA: b\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
    "HTTP/1.1 101 X\r\nA: " + String(repeating: "a", count: 17_000) + "\r\n\r\n",
  ])
  func otherHeadsAreRefused(text: String) {
    for length in [1, 1000, .max] {
      #expect(throws: HandshakeFailure.malformedResponse) { try read(text, cutEvery: length) }
    }
  }

  @Test func theLongestHeadIsRead() throws {
    let start = "HTTP/1.1 101 X\r\nA: "
    let value = String(repeating: "a", count: ResponseHeadParser.maximumBytes - start.utf8.count - 4)
    #expect(try read(start + value + "\r\n\r\n")?.head.fields.first("a") == value)
    #expect(throws: HandshakeFailure.malformedResponse) { try read(start + value + "a\r\n\r\n") }
  }

  @Test func requestsAreReadByAServer() throws {
    let client = ClientHandshake(
      subprotocols: ["chat"], key: try #require(HandshakeKey("dGhlIHNhbXBsZSBub25jZQ==")))
    let head = client.requestHead(
      target: "/ws?a=b", host: "localhost:10200", others: [("Origin", "http://a")])
    #expect(
      String(decoding: head, as: UTF8.self)
        == "GET /ws?a=b HTTP/1.1\r\nHost: localhost:10200\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Protocol: chat\r\nOrigin: http://a\r\n\r\n")
  }
}
