internal import Bytes

/// What a user is called, or whom a key names that acts for others. 1-128 bytes of visible ASCII.
public struct UserName: Hashable, Sendable {
  /// As it was written. No two users have names that differ in upper and lower case alone: see ``folded``.
  public let text: String

  /// The most bytes of one.
  package static let longest = AccountNameForm.longest

  /// Nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard AccountNameForm.holds(text) else { return nil }
    self.text = String(text)
  }

  /// As which two of them are too much alike for two users: in lower case.
  package var folded: String { EmailAddress.folded(text) }

  /// Whether two differ in upper and lower case at most.
  package func isLike(_ other: UserName) -> Bool {
    text.utf8.count == other.text.utf8.count
      && zip(text.utf8, other.text.utf8).allSatisfy { EmailAddress.folded($0) == EmailAddress.folded($1) }
  }

  /// In lower case where there is an `@` in it, so that somebody's e-mail address may be the same; nil where nobody's can be.
  package var asAddress: String? {
    text.utf8.contains(UInt8(ascii: "@")) ? EmailAddress.folded(text) : nil
  }

  /// Whether it is digits alone: who looks for the user of that number is told that it means two, which is for an administrator to decide,
  /// and not for who makes himself.
  package var looksLikeNumber: Bool { text.utf8.allSatisfy(ASCII.isDigit) }

  /// Continues "takes …".
  package static let takes = AccountNameForm.takes
}

extension UserName: Comparable {
  public static func < (left: UserName, right: UserName) -> Bool { left.text < right.text }
}

extension UserName: CustomStringConvertible {
  public var description: String { text }
}
