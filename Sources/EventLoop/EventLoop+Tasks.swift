extension EventLoop {
  /// Starts a task that runs on this loop from its beginning to its end, wherever it waits in between: what it calls need
  /// not be `Sendable`. On the loop's thread.
  ///
  /// It begins in a later tick, behind the tasks that were started before it.
  ///
  /// - Parameter work: a closure literal without a capture list: the compiler (Swift 6.3) lets one with a list, which inherits
  ///   its caller's isolation all the same, run on any thread. A test looks for those.
  /// - Returns: the task, by which it can be cancelled from any thread.
  @discardableResult
  public func startTask(_ work: @escaping () async -> Void) -> Task<Void, Never> {
    preconditionCurrent()
    let (isolation, work) = (isolation, LoopBound(work, to: self))
    // An ordinary task would begin on a thread of the runtime's pool, come from there to the loop, and could be overtaken on
    // its way. This one begins here, and its first step is to put itself into the loop's mailbox.
    return Task.immediate { await isolation.run(work) }
  }

  /// Runs `body` on the loop's thread, and comes back with what it returns. From any thread; not after ``shutDown()``.
  public func run<Result: Sendable, Failure: Error>(
    _ body: @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await LoopIsolation(self).run(body)
  }
}

extension LoopBound {
  /// Runs `body` with the value on the loop's thread, where it stays wherever it waits in between, and comes back with what
  /// it returns. From any thread; not after the loop's end.
  ///
  /// - Parameter body: without a capture list: see ``EventLoop/startTask(_:)``.
  public func run<Result: Sendable, Failure: Error>(
    _ body: @Sendable (Value) async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await LoopIsolation(loop).run(self, body)
  }
}
