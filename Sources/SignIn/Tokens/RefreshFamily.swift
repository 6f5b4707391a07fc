package import System

/// The refresh tokens that come of one sign-in: one after the other, each good once.
///
/// A plain value. Which of them is valid is its ``number``; the tokens themselves are made anew from it, so that the same one has the
/// same text, and are kept nowhere.
package struct RefreshFamily: Equatable, Sendable {
  /// Of the token that is valid now, from 1.
  package private(set) var number: Int
  /// When that token was made; the pair that it belongs to has its times from it.
  package private(set) var issuedAt: Timestamp

  /// How long a token is valid.
  package static let time = Duration.seconds(7 * 86_400)
  /// For so long the token before counts as the one of now: a page in two tabs uses it twice.
  package static let overlap = Duration.seconds(10)
  /// No family has as many tokens.
  static let limit = 1 << 40

  /// The first token.
  package init(at now: Timestamp) {
    number = 1
    issuedAt = now
  }

  /// One that was stored; nil for numbers that no family has.
  package init?(number: Int, issuedAt: Timestamp) {
    guard 1..<RefreshFamily.limit ~= number else { return nil }
    self.number = number
    self.issuedAt = issuedAt
  }

  /// When nothing more comes of it.
  package var expiresAt: Timestamp { issuedAt.adding(RefreshFamily.time) }

  /// What comes of a token that is shown.
  package enum Verdict: Equatable, Sendable {
    /// The family goes on with this: once that is stored its pair is the response.
    case next(RefreshFamily)
    /// It was shown a moment ago: its response comes again.
    case again
    /// It was used before: somebody has a copy. The family ends.
    case replayed
    /// There never was such a token, or its time is over.
    case unknown
  }

  /// A token is shown.
  ///
  /// - Parameter number: the token's.
  package func take(_ number: Int, at now: Timestamp) -> Verdict {
    guard now < expiresAt else { return .unknown }
    if number == self.number {
      guard number + 1 < RefreshFamily.limit else { return .unknown }
      var next = self
      next.number += 1
      next.issuedAt = now
      return .next(next)
    }
    guard 1..<self.number ~= number else { return .unknown }
    // Of two at once the later one may be the first, and clocks are set back a little: as long before it counts as well. More makes it
    // no longer.
    let isRecent =
      issuedAt.adding(.zero - RefreshFamily.overlap) < now && now < issuedAt.adding(RefreshFamily.overlap)
    return number == self.number - 1 && isRecent ? .again : .replayed
  }
}
