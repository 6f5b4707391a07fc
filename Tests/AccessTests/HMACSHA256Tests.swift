import Testing

@testable import Access

@Suite struct HMACSHA256Tests {
  private static let longText = """
    This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed \
    before being used by the HMAC algorithm.
    """

  /// RFC 4231 sections 4.2 to 4.8, but for the fifth, whose code is cut.
  @Test(arguments: [
    (
      repeated(0x0b, 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      repeated(0xaa, 20), repeated(0xdd, 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      bytes(hexadecimal: "0102030405060708090a0b0c0d0e0f10111213141516171819"), repeated(0xcd, 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      repeated(0xaa, 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      repeated(0xaa, 131), Array(longText.utf8),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ])
  func codesAreThoseOfTheStandard(key: [UInt8], text: [UInt8], code: String) {
    let hmac = HMACSHA256(key: key)
    #expect(hexadecimal(hmac.code(of: text)) == code)
    #expect(hmac.isCode(bytes(hexadecimal: code), of: text))
  }

  @Test func noOtherCodeIsTaken() {
    let hmac = HMACSHA256(key: [1, 2, 3])
    let code = hmac.code(of: [4])
    #expect(!hmac.isCode(code, of: [5]))
    #expect(!HMACSHA256(key: [1, 2]).isCode(code, of: [4]))
    #expect(!hmac.isCode([], of: [4]))
    #expect(!hmac.isCode(Array(code.dropLast()), of: [4]))
    #expect(!hmac.isCode(code + [0], of: [4]))
    for bit in 0..<256 {
      var changed = code
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!hmac.isCode(changed, of: [4]), "bit \(bit)")
    }
  }

  private static func repeated(_ byte: UInt8, _ count: Int) -> [UInt8] {
    [UInt8](repeating: byte, count: count)
  }
}
