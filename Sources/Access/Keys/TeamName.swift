/// What a team is called: keys that share limits and a list of models. 1-128 bytes of visible ASCII.
public struct TeamName: Hashable, Sendable {
  /// As it was written: names are the same byte for byte.
  public let text: String

  /// Nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard AccountNameForm.holds(text) else { return nil }
    self.text = String(text)
  }
}

extension TeamName: Comparable {
  public static func < (left: TeamName, right: TeamName) -> Bool { left.text < right.text }
}

extension TeamName: CustomStringConvertible {
  public var description: String { text }
}
