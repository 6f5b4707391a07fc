internal import CLinux

/// Runs blocking work of a test on a thread of its own: the threads that run tests are few and must not block.
enum TestThread {
  private final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread that nobody waits for.
  static func start(_ body: @escaping @Sendable () -> Void) {
    let reference = Unmanaged.passRetained(Start(body)).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { reference in
        clinux_set_thread_name("test-client")
        Unmanaged<Start>.fromOpaque(reference!).takeRetainedValue().body()
        return nil
      }, reference)
    precondition(status == 0, "pthread_create: \(status)")
    pthread_detach(thread)
  }

  /// Runs `body` on a new thread and hands over what it returns or throws.
  static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      start { continuation.resume(with: Swift.Result(catching: body)) }
    }
  }
}
