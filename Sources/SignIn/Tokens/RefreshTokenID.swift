internal import Bytes

/// The `jti` of our tokens: of which sign-in they come, and the which of it they are: `4f…c2.17`.
package struct RefreshTokenID: Equatable, Sendable {
  /// Of the row of the sign-in: up to 64 letters and digits.
  package let family: String
  /// From 1.
  package let number: Int

  /// - Parameters: see the properties.
  package init(family: String, number: Int) {
    self.family = family
    self.number = number
  }

  /// Nil for anything else than ``text`` writes.
  package init?(_ text: String) {
    guard text.utf8.count <= 96, let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")),
      let number = text.utf8[text.utf8.index(after: dot)...].decimal, 1..<RefreshFamily.limit ~= number
    else { return nil }
    let family = text.utf8[..<dot]
    guard 1...64 ~= family.count, family.allSatisfy(ASCII.isAlphanumeric) else { return nil }
    self.init(family: String(Substring(family)), number: number)
    // One number has one text.
    guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
  }

  /// As a token has it.
  package var text: String { "\(family).\(number)" }
}
