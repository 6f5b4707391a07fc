internal import CLinux
internal import Dispatch
internal import EventLoop

/// How many connections the servers of all loops may have together. Safe from any thread; asked once a connection.
///
/// When many have ended it gives their memory back to the kernel: the allocator would keep it, in the arenas of the
/// loops' threads.
public final class ConnectionBudget: Sendable {
  public let limit: Int
  private let state = Lock(State())

  private struct State {
    var used = 0
    /// The most that were open since memory was last given back.
    var high = 0
    var isReturning = false

    /// Whether so many have ended that a walk through the heap, some milliseconds, is worth it. The few that end last
    /// count too: each of them may hold a page that many others have left.
    var isEbb: Bool {
      let ended = high - used
      return ended >= 1000 || (ended >= 250 && used <= high / 2)
    }
  }

  /// Those that leave together, leave together.
  private static let returnDelay = DispatchTimeInterval.seconds(1)

  public init(limit: Int) { self.limit = limit }

  /// - Returns: false if as many are open as may be.
  func take() -> Bool {
    state.withLock { state in
      guard state.used < limit else { return false }
      state.used += 1
      state.high = max(state.high, state.used)
      return true
    }
  }

  func giveBack() {
    let isEbb = state.withLock { state in
      state.used -= 1
      precondition(state.used >= 0, "more connections closed than opened")
      guard !state.isReturning, state.isEbb else { return false }
      state.isReturning = true
      return true
    }
    guard isEbb else { return }
    DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + ConnectionBudget.returnDelay) {
      self.returnMemory()
    }
  }

  private func returnMemory() {
    state.withLock { state in
      state.isReturning = false
      state.high = state.used
    }
    malloc_trim(0)
  }
}
