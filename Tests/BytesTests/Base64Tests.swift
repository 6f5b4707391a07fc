import Bytes
import Testing

@Suite struct Base64Tests {
  /// RFC 4648 section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func vectorsOfTheStandard(text: String, encoded: String) {
    #expect(Base64.text(of: Array(text.utf8)) == encoded)
  }

  @Test func allDigits() {
    #expect(Base64.text(of: [0xFB, 0xFF, 0xBF]) == "+/+/")
    #expect(Base64.text(of: [0x00, 0x10, 0x83, 0x10, 0x51, 0x87]) == "ABCDEFGH")
  }
}
