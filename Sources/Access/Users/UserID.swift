internal import Bytes

/// The number of a user, from 1 on. It is never given twice: what is a user's by his number is never another's.
public struct UserID: Hashable, Sendable {
  /// 1 to 10^18 - 1.
  public let number: Int64

  /// The highest number.
  package static let highest: Int64 = 999_999_999_999_999_999

  /// Nil for what is no number from 1 to ``highest``.
  public init?(_ number: Int64) {
    guard (1...UserID.highest).contains(number) else { return nil }
    self.number = number
  }

  /// Reads its digits; nil for anything else, zeros in front too.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.first != UInt8(ascii: "0"), let number = text.utf8.decimal else { return nil }
    self.init(Int64(number))
  }

  /// Its digits.
  public var text: String { String(number) }
}

extension UserID: Comparable {
  public static func < (left: UserID, right: UserID) -> Bool { left.number < right.number }
}

extension UserID: CustomStringConvertible {
  public var description: String { text }
}
