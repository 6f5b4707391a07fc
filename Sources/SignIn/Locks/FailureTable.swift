internal import Access
internal import System

/// Who has failed to sign in, by what failures are counted by. Of those that are open it knows the so many that were used last, and of
/// those that are locked as many of their own: nobody's failures make it forget a lock but so many other locks.
///
/// Where nothing is to be kept there is no entry. All calls take constant time.
struct FailureTable<Key: Hashable & Sendable>: Sendable {
  private var open: RecencyTable<Key, FailureCount>
  private var locked: RecencyTable<Key, FailureCount>

  /// - Parameter capacity: of the open ones, and of the locked ones. 1 at least.
  init(capacity: Int) {
    open = RecencyTable(capacity: capacity)
    locked = RecencyTable(capacity: capacity)
  }

  /// How many there are of both.
  var count: Int { open.count + locked.count }

  subscript(key: Key) -> FailureCount? { locked.peek(key) ?? open.peek(key) }

  mutating func store(_ count: FailureCount, of key: Key) {
    if count.lockedUntil != nil {
      open.remove(key)
      locked[key] = count
    } else {
      locked.remove(key)
      if count.isEmpty { open.remove(key) } else { open[key] = count }
    }
  }
}

/// The failures of one that are remembered.
struct FailureCount: Sendable {
  /// When, the oldest first.
  var failures: [MonotonicTime] = []
  /// How many are being tried.
  var running = 0
  var lockedUntil: MonotonicTime?
  /// When somebody had unlocked the user by then.
  let unlockedAt: Timestamp?

  init(unlockedAt: Timestamp?) { self.unlockedAt = unlockedAt }

  /// Whether it says what no count says as well.
  var isEmpty: Bool { failures.isEmpty && running == 0 && lockedUntil == nil }

  /// How long it is locked yet. A lock that has ended leaves nothing behind.
  mutating func lock(at now: MonotonicTime) -> Duration? {
    guard let lockedUntil else { return nil }
    if lockedUntil > now { return lockedUntil - now }
    self.lockedUntil = nil
    failures = []
    return nil
  }

  /// One that was being tried is not any more.
  mutating func end() { running = max(0, running - 1) }
}
