import Access
import System

/// Which sessions an order is about, by when they were made, and when it may be over. Times are this process's: an order may have come
/// from another machine.
///
/// Those who were a key's or a user's sessions by the order are not theirs any more, but what is under way by them may be a moment behind:
/// what it makes goes along. Other owners stay who they are: what they make from then on is theirs.
struct AdoptionSpan {
  /// As long what a key or a user has under way may be behind.
  static let delay = Duration.seconds(5)

  private let lastMade: Timestamp
  private let end: MonotonicTime

  /// - Parameter now: when the order was found.
  init(of other: Principal.ID, at now: Timestamp, _ monotonic: MonotonicTime) {
    let delay =
      switch other {
      case .key, .user: AdoptionSpan.delay
      case .everybody, .token, .thisMachine, .cookie, .address, .keyUser, .proxyUser, .formerUser:
        Duration.zero
      }
    lastMade = now.adding(delay)
    end = monotonic + delay
  }

  /// Whether a session that was made then is one of them.
  func covers(_ createdAt: Timestamp) -> Bool { createdAt <= lastMade }

  /// Whether none can come any more.
  func isOver(at now: MonotonicTime) -> Bool { now >= end }
}
