internal import Bytes

/// What is kept of a password: bcrypt's text, `$2b$12$` with 22 digits of salt and 31 of the hash. Those with `$2a$` and `$2y$`
/// are read as well, which other programs have written; `$2x$`, a broken one, is not.
package struct PasswordHash: Hashable, Sendable {
  /// As it is stored.
  package let text: String

  /// What making one costs: 2^12 rounds, a quarter of a second or so.
  package static let cost = 12
  /// Costs that are read. A text that asks for more would hold up everybody's sign-in, and tell by the time that its user is there.
  static let readableCosts = 4...cost
  /// bcrypt looks at so many bytes of a password and no more: a longer one is refused, not cut.
  package static let longestPassword = 72

  /// What a password is compared with where there is no user: it costs the same, and what was hashed were random bytes that nobody has kept.
  package static let dummy = PasswordHash(
    unchecked: "$2b$12$DUMMYDUMMYDUMMYDUMMYDO/GxnQa4WAXK0aIGXUuQfR6HiO3QrJdu")

  /// The same of another cost, which is one that is read.
  static func dummy(cost: Int) -> PasswordHash {
    cost == Self.cost
      ? dummy
      : PasswordHash(
        unchecked: "$2b$\(cost < 10 ? "0" : "")\(cost)$DUMMYDUMMYDUMMYDUMMYDO/GxnQa4WAXK0aIGXUuQfR6HiO3QrJdu")
  }

  /// Bytes before the hash itself: method, cost and salt.
  static let settingBytes = 29
  private static let textBytes = 60

  /// Nil for what is no such text.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == Self.textBytes, Self.isMethod(bytes[..<4]), bytes[6] == UInt8(ascii: "$"),
      bytes[7...].allSatisfy(Self.isDigit), let cost = Self.number(bytes[4], bytes[5]),
      Self.readableCosts.contains(cost)
    else { return nil }
    self.init(unchecked: String(text))
  }

  init(unchecked text: String) { self.text = text }

  /// What it costs to compare a password with it: 2 to this power are its rounds.
  package var cost: Int {
    let bytes = Array(text.utf8.prefix(6))
    return bytes.count == 6 ? Self.number(bytes[4], bytes[5]) ?? Self.cost : Self.cost
  }

  /// Whether it was made by today's method, at this cost.
  func isMade(atCost cost: Int) -> Bool { text.utf8.starts(with: "$2b$\(cost < 10 ? "0" : "")\(cost)$".utf8) }

  private static func isMethod(_ bytes: ArraySlice<UInt8>) -> Bool {
    ["$2a$", "$2b$", "$2y$"].contains { $0.utf8.elementsEqual(bytes) }
  }

  private static func number(_ tens: UInt8, _ ones: UInt8) -> Int? {
    guard ASCII.isDigit(tens), ASCII.isDigit(ones) else { return nil }
    return Int(tens - UInt8(ascii: "0")) * 10 + Int(ones - UInt8(ascii: "0"))
  }

  /// Of bcrypt's base 64.
  private static func isDigit(_ byte: UInt8) -> Bool {
    ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
  }
}

/// The text is nowhere by accident: a log has the method alone.
extension PasswordHash: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String { "a bcrypt hash" }
  package var debugDescription: String { description }
}
