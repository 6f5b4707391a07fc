@testable import Chat
@testable import Handling
import JSON
import Sessions
import Testing

@Suite struct PiecewiseJSONTests {
  /// All pieces of a document, whose only string is a text.
  private func pieces(of text: PiecewiseJSON.Text) -> [[UInt8]] {
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
      let log = EventLog()
      Array(text.utf8).withUnsafeBytes { _ = log.append($0) }
      for source in [PiecewiseJSON.Text.string(text), .log(log, .content)] {
        let pieces = pieces(of: source)
        #expect(pieces.count > 2)
        #expect(Array(pieces.joined()) == writer.bytes)
      }
    }
  }

  /// Of a log in which the model thinks, each kind by itself.
  @Test func textsOfOneKind() {
    let log = EventLog()
    let texts: [(String, TextKind)] = [
      ("thought ", .thinking), ("said ", .content), ("more ", .content), ("again ", .thinking),
      ("end", .content),
    ]
    for (text, kind) in texts { Array(text.utf8).withUnsafeBytes { _ = log.append($0, as: kind) } }
    for kind in [TextKind.content, .thinking] {
      let whole = Array(texts.filter { $0.1 == kind }.map(\.0).joined().utf8)
      for start in 0...whole.count + 1 {
        for limit in [1, 3, 7, 100] {
          let part = log.withText(of: kind, from: start, atMost: limit) { Array($0) }
          #expect(part == Array(whole.dropFirst(start).prefix(limit)))
        }
      }
      #expect(Array(pieces(of: .log(log, kind)).joined()) == [0x22] + whole + [0x22])
    }
    #expect(log.thinkingBytes == 14)
  }
}
