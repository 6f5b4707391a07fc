import Bytes
import Testing

@Suite struct DecimalTests {
  @Test(
    arguments: [
      ("0", 0), ("42", 42), ("007", 7), ("999999999999999999", 999_999_999_999_999_999), ("", nil),
      ("1000000000000000000", nil), ("-1", nil), ("+1", nil), (" 1", nil), ("1 ", nil), ("1.0", nil),
      ("00012", 12), ("5a", nil), ("٣", nil), ("0x1", nil),
    ] as [(String, Int?)])
  func upToEighteenDigitsAreANumber(_ text: String, _ number: Int?) {
    #expect(text.utf8.decimal == number)
    #expect(Array(text.utf8).withUnsafeBytes { $0.decimal } == number)
  }

  @Test(arguments: [0, 7, 10, 42, 1_000_000, .max - 1, .max] as [UInt64])
  func aNumberIsWrittenAsSwiftWritesIt(_ number: UInt64) {
    #expect(DecimalDigits.with(number) { String(decoding: $0, as: UTF8.self) } == "\(number)")
  }
}
