import Testing

@testable import OllamaAPI

@Suite struct EventBoundaryScannerTests {
  /// The ends of all events of a whole stream, found the slow way: line by line.
  static func ends(of bytes: [UInt8], framing: StreamFraming) -> [Int] {
    var ends: [Int] = []
    var lineStart = 0
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == 0x0A || (byte == 0x0D && framing == .sse) else {
        index += 1
        continue
      }
      let isBlank = index == lineStart
      index += byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
      if framing == .ndjson || isBlank { ends.append(index) }
      lineStart = index
    }
    return ends
  }

  static let streams = [
    "data: a\n\ndata: b\n\n", "data: a\r\n\r\ndata: b\r\n\r\n", "data: a\r\rdata: b\r\r",
    "data: a\n\ndata: b",
    "data: a\n\n\n\n: ping\n\ndata: b\n", "\n\n", "\r\n", "", "data: a\r\n\ndata: b\n\r\nx\n\ry\r\n\rz",
    "event: x\ndata: 0123456789abcdef0123456789abcdef\n\ndata: 0123456789abcdef\r\n\r\n",
    "{\"a\":1}\n{\"b\":2}\n{\"c\"",
    "{\"a\":1}\r\n{\"b\":2}\r\n", "data: a\n\n\r\r\n\n",
  ]

  @Test(arguments: streams, [StreamFraming.sse, .ndjson])
  func everySplitGivesTheSameBoundaries(_ text: String, _ framing: StreamFraming) {
    let bytes = Array(text.utf8)
    let ends = Self.ends(of: bytes, framing: framing)
    for pieces in splits(of: bytes, upTo: 6) {
      var scanner = EventBoundaryScanner(framing: framing)
      var start = 0
      for piece in pieces {
        let cut = start + piece.count
        // A CR alone ends a blank line until its LF comes.
        let expected = Self.ends(of: Array(bytes[..<cut]), framing: framing).filter { $0 > start }
        piece.withUnsafeBytes { piece in
          var found: [Int] = []
          var place = 0
          while let next = scanner.nextBoundary(in: piece, from: place) {
            #expect(next > place)
            place = next
            found.append(start + next)
          }
          #expect(Set(expected).isSubset(of: found), "\(pieces)")
          #expect(found.last == expected.last, "\(pieces)")
        }
        let isAtBoundary = cut == 0 || Self.ends(of: Array(bytes[..<cut]), framing: framing).last == cut
        #expect(scanner.isAtBoundary == isAtBoundary, "\(pieces)")
        start = cut
      }
      if let last = ends.last, pieces.count == 1 { #expect(last <= bytes.count) }
    }
  }

  @Test func anEventMayEndInALaterPiece() {
    var scanner = EventBoundaryScanner(framing: .sse)
    withBytes("data: x") { #expect(scanner.nextBoundary(in: $0, from: 0) == nil) }
    #expect(!scanner.isAtBoundary)
    withBytes("y\n") { #expect(scanner.nextBoundary(in: $0, from: 0) == nil) }
    withBytes("\n") { #expect(scanner.nextBoundary(in: $0, from: 0) == 1) }
    #expect(scanner.isAtBoundary)
    withBytes("data: z\r\n\r\n") { #expect(scanner.nextBoundary(in: $0, from: 0) == 11) }
  }

  @Test(
    arguments: [
      ("application/x-ndjson", StreamFraming.ndjson), ("Application/X-NDJSON; charset=utf-8", .ndjson),
      ("text/event-stream", .sse), ("text/event-stream ;charset=utf-8", .sse), ("application/json", nil),
      ("", nil),
    ] as [(String, StreamFraming?)])
  func framingByContentType(_ type: String, _ framing: StreamFraming?) {
    let found = Array(type.utf8).withUnsafeBytes { StreamFraming(contentType: $0) }
    #expect(found == framing)
  }
}
