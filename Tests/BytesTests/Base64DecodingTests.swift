import Bytes
import Testing

@Suite struct Base64DecodingTests {
  private static func decode(_ text: [UInt8], limit: Int = .max / 2) -> [UInt8]? {
    text.withUnsafeBytes { Base64.decode($0, limit: limit) }
  }

  /// RFC 4648 section 10, both ways.
  @Test(
    "The vectors of RFC 4648 hold both ways",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func vectors(text: String, encoded: String) {
    #expect(Self.decode(Array(encoded.utf8)) == Array(text.utf8))
    #expect(Self.decode(Array(encoded.utf8.filter { $0 != UInt8(ascii: "=") })) == Array(text.utf8))
    #expect(Base64.text(of: Array(text.utf8)) == encoded)
  }

  @Test("Any bytes come back from base64") func anyBytes() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
      let text = Array(Base64.text(of: bytes).utf8)
      #expect(Self.decode(text) == bytes)
      // As Python's `encodebytes` breaks its lines.
      #expect(Self.decode(text.flatMap { [$0, UInt8(ascii: "\r"), UInt8(ascii: "\n")] }) == bytes)
    }
  }

  @Test(arguments: [
    "Z", "Zg=", "Zg===", "Zm8==", "=", "====", "Zg==Zg==", "Z g=", "Zg\u{0}=", "Zm9v!", "Zm-_", "é",
  ])
  func whatIsNone(text: String) {
    #expect(Self.decode(Array(text.utf8)) == nil)
  }

  /// More is not decoded than says that it is too much.
  @Test func whatIsTooLong() {
    let text = Array(String(repeating: "Zm9v", count: 100).utf8)
    #expect(Self.decode(text, limit: 300)?.count == 300)
    for limit in [0, 1, 2, 3, 100, 299] {
      let count = Self.decode(text, limit: limit)?.count ?? 0
      #expect(count > limit && count <= limit + 3)
    }
  }
}
