@testable import Gateway
import JSON
import Testing

@Suite struct Base64TextTests {
  /// RFC 4648 section 10, both ways.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func vectors(text: String, encoded: String) {
    #expect(Base64Text.decode(Array(encoded.utf8)) == Array(text.utf8))
    #expect(Base64Text.decode(Array(encoded.utf8.filter { $0 != UInt8(ascii: "=") })) == Array(text.utf8))
    var writer = JSONWriter()
    writer.base64(Array(text.utf8))
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"\(encoded)\"")
  }

  @Test func anyBytes() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
      var writer = JSONWriter()
      writer.base64(bytes)
      let text = Array(writer.bytes.dropFirst().dropLast())
      #expect(Base64Text.decode(text) == bytes)
      // As Python's `encodebytes` breaks its lines.
      #expect(Base64Text.decode(text.flatMap { [$0, UInt8(ascii: "\r"), UInt8(ascii: "\n")] }) == bytes)
    }
  }

  @Test(arguments: [
    "Z", "Zg=", "Zg===", "Zm8==", "=", "====", "Zg==Zg==", "Z g=", "Zg\u{0}=", "Zm9v!", "Zm-_", "é",
  ])
  func whatIsNone(text: String) {
    #expect(Base64Text.decode(Array(text.utf8)) == nil)
  }
}
