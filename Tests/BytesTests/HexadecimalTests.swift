import Bytes
import Testing

@Suite struct HexadecimalTests {
  @Test func digitsAndValuesAreEachOthersReverse() {
    for value in UInt8(0)..<16 {
      let digit = Hexadecimal.digit(value)
      #expect(String(UnicodeScalar(digit)) == String(value, radix: 16))
      #expect(Hexadecimal.value(of: digit) == value)
      #expect(Hexadecimal.value(ofLowercase: digit) == value)
    }
    for byte in UInt8.min...UInt8.max {
      let expected = byte < 0x80 ? Character(UnicodeScalar(byte)).hexDigitValue : nil
      #expect(Hexadecimal.value(of: byte).map(Int.init) == expected)
      let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
      #expect(Hexadecimal.value(ofLowercase: byte).map(Int.init) == (isCapital ? nil : expected))
    }
  }

  @Test func numbersHaveAllTheirDigits() {
    #expect(Hexadecimal.text(of: UInt64(0)) == "0000000000000000")
    #expect(Hexadecimal.text(of: UInt64.max) == "ffffffffffffffff")
    #expect(Hexadecimal.text(of: UInt64(0x0123_4567_89ab_cdef)) == "0123456789abcdef")
    #expect(Hexadecimal.text(of: [0x00, 0x0F, 0xF0, 0xFF]) == "000ff0ff")
    #expect(Hexadecimal.text(of: [UInt8]()) == "")
  }

  @Test func theLastDigitsOfANumberAreWrittenInPlace() {
    var buffer = Array("....".utf8)
    buffer.withUnsafeMutableBufferPointer { Hexadecimal.write(0x1a7, to: $0, at: 1, count: 2) }
    #expect(String(decoding: buffer, as: UTF8.self) == ".a7.")
  }

  @Test(
    arguments: [
      ("", 0), ("0", 0), ("ff", 0xff), ("fedcba9876543210", 0xfedc_ba98_7654_3210), ("F", nil), ("0g", nil),
      (" 1", nil),
    ] as [(String, UInt64?)])
  func readsNumbersInLowerCase(_ text: String, _ number: UInt64?) {
    let bytes = Array(text.utf8)
    #expect(bytes.withUnsafeBytes { Hexadecimal.number(ofLowercase: $0, 0..<bytes.count) } == number)
  }

  @Test(
    arguments: [
      ("", []), ("00ff", [0, 255]), ("0", nil), ("0A", nil), ("zz", nil), ("é", nil),
    ] as [(String, [UInt8]?)])
  func readsBytesInLowerCase(_ text: String, _ bytes: [UInt8]?) {
    #expect(Hexadecimal.bytes(ofLowercase: text.utf8) == bytes)
  }
}
