import Testing

/// Bytes with some that belong to no character in UTF-8, and what Go reads for them: U+FFFD for each such byte.
struct BadText: CustomTestStringConvertible {
  let bytes: [UInt8]
  let expected: String

  init(_ bytes: [UInt8], _ expected: String) {
    self.bytes = bytes
    self.expected = expected
  }

  var testDescription: String { "\(bytes)" }

  static let all = [
    BadText([0xFF], "\u{FFFD}"), BadText([0xC3], "\u{FFFD}"), BadText([0x61, 0xC3, 0x62], "a\u{FFFD}b"),
    BadText([0xC3, 0xA9, 0x80], "é\u{FFFD}"),
    // Overlong.
    BadText([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"), BadText([0xE0, 0x80, 0xAF], "\u{FFFD}\u{FFFD}\u{FFFD}"),
    BadText([0xF0, 0x80, 0x80, 0xAF], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    // A surrogate, and over U+10FFFF.
    BadText([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
    BadText([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    // Cut off, at the end and before another.
    BadText([0xF0, 0x9F, 0x98], "\u{FFFD}\u{FFFD}\u{FFFD}"),
    BadText([0xE2, 0x82, 0xE2, 0x82, 0xAC], "\u{FFFD}\u{FFFD}€"),
    BadText(
      Array("0123456789é".utf8) + [0xFE] + Array("漢😀0123456789".utf8), "0123456789é\u{FFFD}漢😀0123456789"),
  ]
}
