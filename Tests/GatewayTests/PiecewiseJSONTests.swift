@testable import Gateway
import JSON
import Testing

@Suite struct PiecewiseJSONTests {
  /// All pieces of a document, whose only string is a text.
  private func pieces(of text: String) -> [[UInt8]] {
    var steps = 0
    var document = PiecewiseJSON { writer in
      defer { steps += 1 }
      if steps != 1 { writer.framing("\"") }
      return steps == 0 ? .more : steps == 1 ? .text(text) : .end
    }
    var pieces: [[UInt8]] = []
    var hasMore = true
    while hasMore {
      var writer = JSONWriter()
      hasMore = document.write(into: &writer)
      pieces.append(writer.take())
    }
    return pieces
  }

  /// Wherever a piece ends, no character is cut: one that must be escaped is.
  @Test(arguments: 0..<4)
  func aTextIsCutBetweenCharacters(offset: Int) throws {
    for character in ["\u{2028}", "\u{85}", "😀", "漢"] {
      let text = String(repeating: "x", count: offset) + String(repeating: character, count: 30_000)
      var writer = JSONWriter()
      writer.string(text)
      let pieces = pieces(of: text)
      #expect(pieces.count > 2)
      #expect(Array(pieces.joined()) == writer.bytes)
    }
  }
}
