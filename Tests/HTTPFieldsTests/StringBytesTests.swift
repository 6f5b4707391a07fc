import HTTPFields
import Testing

@Suite struct StringBytesTests {
  enum Unit: String, CaseIterable {
    case angstrom = "\u{c5}"
    case kelvin = "K"
  }

  @Test func lookAlikesAreNotTheSame() {
    #expect("\u{c5}" == "A\u{30a}" && !"\u{c5}".hasSameBytes(as: "A\u{30a}"))
    #expect("\u{212a}" == "K" && !"\u{212a}".hasSameBytes(as: "K"))
    #expect("chat".hasSameBytes(as: "chat") && !"chat".hasSameBytes(as: "chats"))
  }

  @Test func aCaseIsFoundByItsBytes() {
    #expect(Unit(bytesOf: "\u{c5}") == .angstrom && Unit(bytesOf: "K") == .kelvin)
    #expect(Unit(bytesOf: "A\u{30a}") == nil && Unit(bytesOf: "\u{212a}") == nil && Unit(bytesOf: "") == nil)
  }
}
