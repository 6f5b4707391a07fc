internal import EventLoop
internal import System

extension UpstreamClient {
  /// Whether the server works, as it was within the last second, or as it says now. All who ask meanwhile, on whichever loop,
  /// wait for one response, and no longer than that may take.
  package func health(isolation: isolated (any Actor)? = #isolation) async -> UpstreamHealth {
    if let health = pool.knownHealth(at: loop.now) { return health }
    let pool = pool
    let waiter = pool.makeWaiter()
    return await withTaskCancellationHandler {
      // What a closure has captured decides where it runs: it must not leave the loop.
      _ = isolation
      return await withCheckedContinuation { continuation in
        perform(pool.wait(waiter, continuation, at: loop.now))
        // It may have been cancelled before.
        if Task.isCancelled { pool.leave(waiter) }
      }
    } onCancel: {
      pool.leave(waiter)
    }
  }

  private func perform(_ probe: UpstreamProbe?) {
    guard let probe else { return }
    // At the end of all the servers are not looked at any more.
    guard !isClosed else { return perform(pool.end(probe, nil, at: loop.now)) }
    askVersion(of: probe.server) { [weak self, pool, loop] version in
      let next = pool.end(probe, version, at: loop.now)
      self?.perform(next)
    }
  }
}
