internal import EventLoop
internal import Fleet
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

  func perform(_ probe: UpstreamProbe?) {
    guard let probe else { return }
    // At the end of all the servers are not looked at any more.
    guard !isClosed else { return perform(pool.end(probe, nil, at: loop.now)) }
    let question = VersionQuestion(probe.servers.count) { [weak self, pool, loop] version in
      let next = pool.end(probe, version, at: loop.now)
      self?.perform(next)
    }
    for id in probe.servers {
      guard let server = pool.server(id) else {
        question.take(.failure(.cancelled))
        continue
      }
      askVersion(of: server) { question.take($0) }
    }
    if probe.servers.isEmpty { question.end() }
  }
}

/// What several servers say: the first version is what counts, or the last failure.
private final class VersionQuestion {
  private var open: Int
  private var then: ((Result<String, UpstreamFailure>?) -> Void)?
  private var last: Result<String, UpstreamFailure>? = .failure(.refused(.noServerIsUp))

  /// - Parameter then: is called once.
  init(_ open: Int, then: @escaping (Result<String, UpstreamFailure>?) -> Void) {
    self.open = open
    self.then = then
  }

  /// - Parameter version: nil where the client was closed.
  func take(_ version: Result<String, UpstreamFailure>?) {
    open -= 1
    last = version
    if open == 0 { return end() }
    if case .success = version { end() }
  }

  func end() {
    then?(last)
    then = nil
  }
}
