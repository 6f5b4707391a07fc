import Dispatch

/// Does long work on a thread of its own, one after the other: the threads of the test runner are as few as the machine's cores, and
/// other tests wait for what happens on them.
func aside<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    queue.async { continuation.resume(returning: work()) }
  }
}

private let queue = DispatchQueue(label: "fleet simulations")
