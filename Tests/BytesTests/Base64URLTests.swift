import Bytes
import Testing

@Suite("Base 64 for URLs") struct Base64URLTests {
  /// RFC 4648 section 10 without its padding, RFC 7515 appendix C, and the two digits that differ.
  @Test(
    arguments: [
      ([], ""), ([0x66], "Zg"), ([0x66, 0x6F], "Zm8"), ([0x66, 0x6F, 0x6F], "Zm9v"),
      (Array("foobar".utf8), "Zm9vYmFy"), ([3, 236, 255, 224, 193], "A-z_4ME"), ([0xFB, 0xFF], "-_8"),
    ] as [([UInt8], String)])
  func bytesHaveOneText(_ bytes: [UInt8], _ text: String) {
    #expect(Base64URL.text(of: bytes) == text)
    #expect(Base64URL.decode(text) == bytes)
  }

  @Test(arguments: [
    // A digit alone, padding, the other alphabet, spaces and line breaks, what is not ASCII.
    "A", "AAAAA", "Zg==", "Zm8=", "=", "+/8", "Zm9v\n", " Zm9v", "Zm 9", "é", "Zm9v\0",
    // Bits behind the last byte.
    "Zh", "Zm9", "AB", "AAB", "A-z_4MF", "-_9",
  ])
  func anotherTextIsNone(_ text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test func allBytesComeBack() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
      let text = Base64URL.text(of: bytes)
      #expect(text.utf8.count == (count * 4 + 2) / 3)
      #expect(Base64URL.decode(text) == bytes)
    }
  }
}
