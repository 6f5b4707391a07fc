internal import Budgets
internal import System

/// The connections that the servers of all loops have together: how many there may be, and which server takes the next.
///
/// The kernel wakes whichever loop sleeps to accept a connection, on a quiet machine nearly always the same one. So it is
/// the server with the fewest connections that gets it. Safe from any thread; asked once a connection.
///
/// When many have ended their memory goes back to the kernel.
public final class ConnectionBudget: Sendable {
  /// Open connections of all servers together.
  public let limit: Int
  private let state = Lock(State())

  private struct State {
    var used = 0
    /// The most that were open since memory was last given back.
    var high = 0
    var isReturning = false
    var members: [Member] = []

    /// Whether so many have ended that a walk through the heap, some milliseconds, is worth it. The few that end last
    /// count too: each of them may hold a page that many others have left.
    var isEbb: Bool {
      let ended = high - used
      return ended >= 1000 || (ended >= 250 && used <= high / 2)
    }
  }

  /// A server that takes connections.
  private struct Member {
    var connections = 0
    /// Nil once it takes no more.
    var adopt: (@Sendable (AcceptedConnection) -> Void)?
  }

  /// What is to become of a connection that was accepted.
  enum Decision {
    /// The server that has accepted it takes it.
    case keep
    /// Another one does, by this function.
    case handOver(@Sendable (AcceptedConnection) -> Void)
    /// As many are open as may be.
    case refuse
  }

  /// - Parameter limit: at least one.
  public init(limit: Int) { self.limit = limit }

  /// Adds a server.
  ///
  /// - Parameter adopt: takes a connection that another server has accepted, from any thread; it has been counted.
  /// - Returns: its place among the servers.
  func join(adopt: @escaping @Sendable (AcceptedConnection) -> Void) -> Int {
    state.withLock { state in
      state.members.append(Member(adopt: adopt))
      return state.members.count - 1
    }
  }

  /// The server at this place takes no more connections of others.
  func leave(_ place: Int) {
    state.withLock { $0.members[place].adopt = nil }
  }

  /// Counts a connection that the server at `place` has accepted.
  func take(for place: Int) -> Decision {
    state.withLock { state in
      guard state.used < limit else { return .refuse }
      state.used += 1
      state.high = max(state.high, state.used)
      var best = place
      for other in state.members.indices
      where state.members[other].adopt != nil
        && state.members[other].connections < state.members[best].connections
      { best = other }
      state.members[best].connections += 1
      guard best != place, let adopt = state.members[best].adopt else { return .keep }
      return .handOver(adopt)
    }
  }

  /// A connection of the server at `place` is over.
  func giveBack(_ place: Int) {
    let isEbb = state.withLock { state in
      state.used -= 1
      state.members[place].connections -= 1
      precondition(state.members[place].connections >= 0, "more connections closed than opened")
      guard !state.isReturning, state.isEbb else { return false }
      state.isReturning = true
      return true
    }
    guard isEbb else { return }
    MemoryReturn.process.ask {
      self.state.withLock { state in
        state.isReturning = false
        state.high = state.used
      }
    }
  }
}
