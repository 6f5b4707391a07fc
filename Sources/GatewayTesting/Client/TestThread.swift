internal import CLinux
internal import System

/// Runs blocking work of a test on a thread of its own: the threads that run tests are few and must not block.
public enum TestThread {
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
  public static func run<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    // By way of a lock: where the thread is done before its caller waits, the thread sanitizer sees no order between
    // the two, since it does not know the runtime's own atomics.
    let outcome = Lock<Swift.Result<Result, any Error>?>(nil)
    await withCheckedContinuation { continuation in
      start {
        let result = Swift.Result(catching: body)
        outcome.withLock { $0 = result }
        continuation.resume()
      }
    }
    guard let result = outcome.withLock({ $0 }) else { preconditionFailure("resumed without an outcome") }
    return try result.get()
  }
}
