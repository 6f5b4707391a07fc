internal import EventLoop

/// How many connections the servers of all loops may have together. Safe from any thread; asked once a connection.
public final class ConnectionBudget: Sendable {
  public let limit: Int
  private let used = Lock(0)

  public init(limit: Int) { self.limit = limit }

  /// - Returns: false if as many are open as may be.
  func take() -> Bool {
    used.withLock { used in
      guard used < limit else { return false }
      used += 1
      return true
    }
  }

  func giveBack() {
    used.withLock { used in
      used -= 1
      precondition(used >= 0, "more connections closed than opened")
    }
  }
}
