import Dispatch

/// A Dispatch serial queue as the executor of an actor: Linux has no `DispatchSerialQueue`.
final class DispatchQueueExecutor: SerialExecutor {
  let queue: DispatchQueue

  init(label: String) {
    queue = DispatchQueue(label: label)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  /// Lets `assumeIsolated` pass in a block that the queue runs, which is no job of the runtime.
  func checkIsolated() {
    dispatchPrecondition(condition: .onQueue(queue))
  }
}
