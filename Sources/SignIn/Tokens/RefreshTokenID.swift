package import Access
internal import Bytes

/// The `jti` of our tokens: of which sign-in they come, and the which of it they are: `4f…c2.17`.
package struct RefreshTokenID: Equatable, Sendable {
  /// By what the sign-in is known.
  package let family: SignInID
  /// From 1.
  package let number: Int

  /// - Parameters: see the properties.
  package init(family: SignInID, number: Int) {
    self.family = family
    self.number = number
  }

  /// Nil for anything else than ``text`` writes.
  package init?(_ text: String) {
    guard text.utf8.count <= 96, let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")),
      let number = text.utf8[text.utf8.index(after: dot)...].decimal, 1..<RefreshFamily.limit ~= number
    else { return nil }
    guard let family = SignInID(text[..<dot]) else { return nil }
    self.init(family: family, number: number)
    // One number has one text.
    guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
  }

  /// As a token has it.
  package var text: String { "\(family.text).\(number)" }
}
