import Bytes
import Testing

@Suite struct TrimmingTests {
  @Test(arguments: [
    ("", ""), (" \t ", ""), ("a", "a"), (" a b\t", "a b"), ("\ta", "a"), ("a\n ", "a\n"), ("\r a", "\r a"),
  ])
  func blanksGoAtBothEnds(_ text: String, _ trimmed: String) {
    let bytes = Array(text.utf8)
    #expect(Array(bytes.withoutBlanks) == Array(trimmed.utf8))
    #expect(text[...].withoutBlanks == trimmed)
    bytes.withUnsafeBytes { #expect(Array($0.withoutBlanks(0..<bytes.count)) == Array(trimmed.utf8)) }
  }

  @Test func ofARangeNothingElseIsLookedAt() {
    let bytes = Array("x  a  y".utf8)
    bytes.withUnsafeBytes { bytes in
      #expect(Array(bytes.withoutBlanks(1..<6)) == Array("a".utf8))
      #expect(bytes.withoutBlanks(1..<3).isEmpty)
      #expect(bytes.withoutBlanks(2..<2).isEmpty)
    }
  }

  @Test func anyClassCanBeDropped() {
    #expect(Array("\r\n a \n".utf8.trimmed(ASCII.isWhiteSpace)) == Array("a".utf8))
    #expect("\n".utf8.trimmed(ASCII.isWhiteSpace).isEmpty)
  }

  @Test("Elements of any kind are dropped, at both ends or at the end alone") func otherElements() {
    #expect("\u{3000} é \n".trimmed(\.isWhitespace) == "é")
    #expect(" \t".trimmed(\.isWhitespace).isEmpty)
    #expect("//a/b//".trimmedAtEnd { $0 == "/" } == "//a/b")
    #expect("//".trimmedAtEnd { $0 == "/" }.isEmpty)
    #expect([0, 1, 0, 2, 0].trimmed { $0 == 0 } == [1, 0, 2])
  }
}
