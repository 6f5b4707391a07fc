internal import System

/// Jobs that wait for something, one after the other in the order in which they come.
actor JobQueue {
  private var last: Task<Void, Never>?
  private var isClosed = false

  /// Does a job when those before it are done.
  ///
  /// - Returns: what it returns; nil once the queue is closed.
  func run<Outcome: Sendable>(_ job: @escaping @Sendable () async -> Outcome) async -> Outcome? {
    guard !isClosed else { return nil }
    let before = last
    let task = Task {
      await before?.value
      return await job()
    }
    last = Task { _ = await task.value }
    return await task.value
  }

  /// Takes no more jobs, and comes back when all are done, or the time is over: what is under way then goes on by itself.
  func close(within limit: Duration) async {
    isClosed = true
    guard let last else { return }
    let first = Lock<CheckedContinuation<Void, Never>?>(nil)
    let end = { @Sendable in
      let continuation = first.withLock { $0.take() }
      continuation?.resume()
    }
    await withCheckedContinuation { continuation in
      first.withLock { $0 = continuation }
      let timer = Task {
        try? await Task.sleep(for: limit)
        end()
      }
      Task {
        await last.value
        timer.cancel()
        end()
      }
    }
  }
}
