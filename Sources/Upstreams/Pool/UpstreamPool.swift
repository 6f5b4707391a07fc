internal import System

/// The Ollama servers that all workers ask, and what they know of them in common. Safe from any thread: a small lock, taken twice
/// a call and never for a token.
package final class UpstreamPool: Sendable {
  typealias Waiter = CheckedContinuation<UpstreamHealth, Never>

  private struct Shared {
    var state: UpstreamPoolState
    var waiters: [Int: Waiter] = [:]
  }

  private let shared: Lock<Shared>
  /// Which requests may have changed the models of the servers.
  package let modelChanges = ModelChanges()
  /// Which of the servers' models can chat.
  package let chatModels = ChatModelKnowledge()

  package init(_ server: UpstreamServer) { shared = Lock(Shared(state: UpstreamPoolState(server: server))) }

  /// From now on there is another server, of which nothing is known yet: clients' calls go there once they hear of it
  /// (``UpstreamClient/server``). Harmless where it is the same.
  package func use(_ server: UpstreamServer) { shared.withLock { $0.state.use(server) } }

  /// The server to which calls go.
  var server: UpstreamServer { shared.withLock { $0.state.server } }

  /// Calls under way to the server.
  package var callsInFlight: Int { shared.withLock { $0.state.inFlight } }

  // MARK: Calls

  func lease(_ known: UpstreamServer) -> UpstreamLease { shared.withLock { $0.state.lease(known) } }

  func giveBack(_ lease: UpstreamLease, _ outcome: UpstreamOutcome) {
    shared.withLock { $0.state.giveBack(lease, outcome) }
  }

  // MARK: Health

  func knownHealth(at now: MonotonicTime) -> UpstreamHealth? {
    shared.withLock { $0.state.knownHealth(at: now) }
  }

  func makeWaiter() -> Int { shared.withLock { $0.state.makeWaiter() } }

  /// Resumes the continuation at once, or when the server's health is known.
  ///
  /// - Returns: a probe that the caller must make, and ``end(_:_:at:)``.
  func wait(_ waiter: Int, _ continuation: Waiter, at now: MonotonicTime) -> UpstreamProbe? {
    perform { shared in
      shared.waiters[waiter] = continuation
      return shared.state.wait(waiter, at: now)
    }
  }

  /// The waiter is resumed, if he still waits.
  func leave(_ waiter: Int) {
    let continuation = shared.withLock { shared in
      shared.state.leave(waiter)
      return shared.waiters.removeValue(forKey: waiter)
    }
    continuation?.resume(returning: UpstreamHealth(version: .failure(.cancelled)))
  }

  /// - Parameter version: nil where the probe was given up.
  /// - Returns: another probe that the caller must make.
  func end(
    _ probe: UpstreamProbe, _ version: Result<String, UpstreamFailure>?, at now: MonotonicTime
  ) -> UpstreamProbe? {
    perform { $0.state.end(probe, version, at: now) }
  }

  private func perform(_ event: (inout Shared) -> UpstreamPoolState.Actions) -> UpstreamProbe? {
    let (actions, told) = shared.withLock { shared in
      let actions = event(&shared)
      return (actions, actions.told.compactMap { shared.waiters.removeValue(forKey: $0) })
    }
    if let health = actions.health {
      for continuation in told { continuation.resume(returning: health) }
    }
    return actions.probe
  }
}
