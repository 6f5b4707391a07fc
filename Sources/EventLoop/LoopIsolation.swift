/// The isolation of what runs on a loop: an actor whose executor the loop is. Async methods of plain classes that it calls
/// inherit it, and so come back to the loop after each `await`.
actor LoopIsolation {
  // The loop has the jobs of its actors, and is there as long as one runs.
  private unowned let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(_ loop: EventLoop) { self.loop = loop }

  func run(_ work: LoopBound<() async -> Void>) async { await work.value() }

  func run<Result: Sendable, Failure: Error>(
    _ body: @Sendable () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body()
  }

  func run<Value, Result: Sendable, Failure: Error>(
    _ target: LoopBound<Value>, _ body: @Sendable (Value) async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await body(target.value)
  }
}
