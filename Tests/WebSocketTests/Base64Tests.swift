import Testing

@testable import WebSocket

@Suite struct Base64Tests {
  /// RFC 4648 section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func vectorsOfTheStandard(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
  }

  @Test func allDigits() {
    #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
    #expect(Base64.encode([0x00, 0x10, 0x83, 0x10, 0x51, 0x87]) == "ABCDEFGH")
  }

  @Test func sixteenBytesAreKnownByTheirForm() {
    for count in 0...40 {
      let text = Base64.encode([UInt8](repeating: 0xA7, count: count))
      #expect(Base64.isOf16Bytes(text.utf8) == (count == 16), "\(count) bytes")
    }
  }

  @Test(arguments: [
    "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZ===",
    "dGhlIHNhbXBsZSBub25j=Q==",
    "dGhlIHNhbXBsZSBub25jZQ==\n", "dGhlIHNhbXBsZSBub2-jZQ==", "dGhlIHNhbXBsZSBub2_jZQ==",
    "dGhlIHNhbXBsZSBub2 jZQ==",
    "dGhlIHNhbXBsZSBub25jZé==",
  ])
  func otherFormsAreNot(text: String) {
    #expect(!Base64.isOf16Bytes(text.utf8))
  }
}
