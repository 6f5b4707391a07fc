package import Access
package import System

/// Which sessions an order is about, by when they were made, and when it may be over. An order may have come from another machine, whose
/// clock is ahead: it is about nothing that was made after it was found.
///
/// Those who were a key's or a user's sessions by the order are not theirs any more, but what is under way by them may be a moment behind:
/// what it makes goes along. Other owners stay who they are: what they make from then on is theirs.
package struct AdoptionSpan {
  /// As long what a key or a user has under way may be behind.
  static let delay = Duration.seconds(5)

  private let lastMade: Timestamp
  private let end: MonotonicTime

  /// - Parameters:
  ///   - other: whose they were; nil where this program does not know such an owner.
  ///   - order: when it was given.
  ///   - now: when it was found.
  package init(
    of other: Principal.ID?, orderedAt order: Timestamp, at now: Timestamp, _ monotonic: MonotonicTime
  ) {
    let delay =
      switch other {
      case .key, .user: AdoptionSpan.delay
      case .everybody, .token, .thisMachine, .cookie, .address, .keyUser, .proxyUser, .formerUser,
        nil:
        Duration.zero
      }
    lastMade = min(order, now).adding(delay)
    end = monotonic + delay
  }

  /// Whether a session that was made then is one of them.
  package func covers(_ createdAt: Timestamp) -> Bool { createdAt <= lastMade }

  /// Whether none can come any more.
  func isOver(at now: MonotonicTime) -> Bool { now >= end }
}
