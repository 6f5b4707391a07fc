/// What a user is called, or whom a key names that acts for others. 1-128 bytes of visible ASCII.
public struct UserName: Hashable, Sendable {
  /// As it was written: names are the same byte for byte.
  public let text: String

  /// The most bytes of one.
  package static let longest = AccountNameForm.longest

  /// Nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard AccountNameForm.holds(text) else { return nil }
    self.text = String(text)
  }

  /// Continues "takes …".
  package static let takes = AccountNameForm.takes
}

extension UserName: Comparable {
  public static func < (left: UserName, right: UserName) -> Bool { left.text < right.text }
}

extension UserName: CustomStringConvertible {
  public var description: String { text }
}
