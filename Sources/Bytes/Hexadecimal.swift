/// Numbers as hexadecimal digits.
package enum Hexadecimal {
  private static let characters: StaticString = "0123456789abcdef"

  /// All sixteen digits of a number.
  package static func digits(of number: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { text in
      for place in 0..<16 { text[place] = digit(place, of: number) }
      return 16
    }
  }

  /// One of the sixteen digits of a number, the most significant at place 0.
  package static func digit(_ place: Int, of number: UInt64) -> UInt8 {
    characters.utf8Start[Int(truncatingIfNeeded: number >> UInt64(4 * (15 - place)) & 0xF)]
  }
}
