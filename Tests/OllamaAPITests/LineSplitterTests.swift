import OllamaAPI
import Testing

@Suite struct LineSplitterTests {
  /// The lines of a stream that comes in `pieces`, and what is left at its end.
  func lines(
    _ pieces: [[UInt8]], maximum: Int = 1000
  ) throws(LineSplitter.LineTooLongError) -> (lines: [String], rest: String?) {
    let splitter = LineSplitter(maximumLineBytes: maximum)
    var lines: [String] = []
    for piece in pieces {
      let outcome = piece.withUnsafeBytes { bytes in
        Result { () throws(LineSplitter.LineTooLongError) in
          var rest = bytes
          while let line = try splitter.next(&rest) { lines.append(String(decoding: line, as: UTF8.self)) }
        }
      }
      try outcome.get()
    }
    return (lines, splitter.finish().map { String(decoding: $0, as: UTF8.self) })
  }

  @Test(
    arguments: [
      ("a\nbb\n", ["a", "bb"], nil), ("a\r\nbb\r\n", ["a", "bb"], nil), ("\n\na\n\r\n\nb", ["a"], "b"),
      ("", [], nil), ("abc", [], "abc"), ("a\r", [], "a"), ("a\rb\n", ["a\rb"], nil),
      ("é\n日本\n", ["é", "日本"], nil),
      ("{\"x\":1}\n{\"y\":", ["{\"x\":1}"], "{\"y\":"), ("\r", [], nil), ("a\n\r", ["a"], nil),
    ] as [(String, [String], String?)])
  func everySplitGivesTheSameLines(_ text: String, _ expected: [String], _ rest: String?) throws {
    for pieces in splits(of: Array(text.utf8)) {
      let found = try lines(pieces)
      #expect(found.lines == expected, "\(pieces)")
      #expect(found.rest == rest, "\(pieces)")
    }
  }

  @Test func aWholeLineIsNotCopied() throws {
    let splitter = LineSplitter()
    try withBytes("one\ntwo\nthr") { bytes in
      var rest = bytes
      let first = try #require(try splitter.next(&rest))
      let second = try #require(try splitter.next(&rest))
      #expect(first.baseAddress == bytes.baseAddress)
      #expect(second.baseAddress == bytes.baseAddress! + 4)
      #expect(try splitter.next(&rest) == nil)
      #expect(rest.isEmpty)
    }
  }

  @Test func theBoundHoldsInEverySplit() throws {
    for end in ["\n", "\r\n"] {
      for pieces in splits(of: Array("12345678\(end)".utf8)) {
        #expect(try lines(pieces, maximum: 8).lines == ["12345678"])
      }
      for pieces in splits(of: Array("ok\n123456789\(end)".utf8)) {
        #expect(throws: LineSplitter.LineTooLongError.self) { try lines(pieces, maximum: 8) }
      }
    }
    for pieces in splits(of: Array("1234567890".utf8)) {
      #expect(throws: LineSplitter.LineTooLongError.self) { try lines(pieces, maximum: 8) }
    }
  }

  @Test func afterALineTooLongNothingComesAnyMore() {
    let splitter = LineSplitter(maximumLineBytes: 2)
    withBytes("123\n") { bytes in
      var rest = bytes
      #expect(throws: LineSplitter.LineTooLongError.self) { try splitter.next(&rest) }
    }
    withBytes("1\n") { bytes in
      var rest = bytes
      #expect(throws: LineSplitter.LineTooLongError.self) { try splitter.next(&rest) }
    }
    #expect(splitter.finish() == nil)
  }

  @Test func longLinesInSmallPieces() throws {
    let line = String(repeating: "0123456789", count: 50_000)
    let bytes = Array("\(line)\nshort\n\(line)\n".utf8)
    let pieces = stride(from: 0, to: bytes.count, by: 4093).map {
      Array(bytes[$0..<min($0 + 4093, bytes.count)])
    }
    #expect(try lines(pieces, maximum: 500_000).lines == [line, "short", line])
  }
}
