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

  /// Takes no more jobs, and comes back when all are done.
  func close() async {
    isClosed = true
    await last?.value
  }
}
