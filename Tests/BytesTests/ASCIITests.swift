import Bytes
import Testing

@Suite struct ASCIITests {
  private static let all = UInt8.min...UInt8.max

  private func bytes(_ isMember: (UInt8) -> Bool) -> String {
    String(decoding: Self.all.filter(isMember), as: UTF8.self)
  }

  @Test func classesHoldWhatTheirGrammarsSay() {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    #expect(bytes(ASCII.isDigit) == "0123456789")
    #expect(bytes(ASCII.isAlpha) == letters + letters.lowercased())
    #expect(bytes(ASCII.isAlphanumeric) == "0123456789" + letters + letters.lowercased())
    #expect(bytes(ASCII.isBlank) == "\t ")
    #expect(bytes(ASCII.isWhiteSpace) == "\t\n\r ")
    #expect(Self.all.filter(ASCII.isVisible) == Array(0x21...0x7E))
    #expect(
      bytes(ASCII.isTokenCharacter)
        == "!#$%&'*+-.0123456789" + letters + "^_`" + letters.lowercased() + "|~")
  }

  @Test func onlyCapitalLettersAreLowered() {
    for byte in Self.all {
      let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      #expect(ASCII.lowercased(byte) == (isCapital ? byte + 32 : byte))
    }
  }
}
