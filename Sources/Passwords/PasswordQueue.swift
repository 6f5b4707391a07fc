/// Who has a password hashed that may be anybody's.
package struct PasswordAsker: Hashable, Sendable {
  /// Where he comes from: those of one place share ``PasswordQueue/shareLimit`` places.
  let place: String
  /// Whether he is known there, and has the places that are kept for such.
  let isTrusted: Bool

  /// - Parameters: see the properties.
  package init(place: String, isTrusted: Bool) {
    self.place = place
    self.isTrusted = isTrusted
  }
}

/// Who waits for a password to be hashed, or has it hashed: no one place has all of it, and all strangers together leave some. A plain
/// value.
struct PasswordQueue: Sendable {
  /// The most of all: one that is hashed, and those that wait.
  static let limit = PasswordChecker.waitingLimit + 1
  /// The most of one place.
  static let shareLimit = 4
  /// So many are kept for who is no stranger.
  static let kept = 4

  /// How many there are.
  private(set) var count = 0
  /// Of those that share.
  private var shares: [PasswordAsker: Int] = [:]

  /// Takes a place.
  ///
  /// - Parameter asker: nil for who has shown who he is: he has any place.
  /// - Returns: whether there was one; then ``leave(_:)`` follows.
  mutating func enter(_ asker: PasswordAsker?) -> Bool {
    guard let asker else { return take() }
    let share = shares[asker] ?? 0
    guard share < Self.shareLimit, asker.isTrusted || count < Self.limit - Self.kept, take() else {
      return false
    }
    shares[asker] = share + 1
    return true
  }

  /// Gives the place back.
  mutating func leave(_ asker: PasswordAsker?) {
    count = max(0, count - 1)
    guard let asker, let share = shares[asker] else { return }
    shares[asker] = share > 1 ? share - 1 : nil
  }

  private mutating func take() -> Bool {
    guard count < Self.limit else { return false }
    count += 1
    return true
  }
}
