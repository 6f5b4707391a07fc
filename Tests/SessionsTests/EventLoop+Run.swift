import EventLoop

extension EventLoop {
  /// Runs `work` on the loop and waits for what it returns.
  func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      execute { continuation.resume(returning: work()) }
    }
  }
}
