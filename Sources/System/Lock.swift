internal import Glibc

/// A value behind a mutual-exclusion lock.
///
/// Over `pthread_mutex_t` and not `Synchronization.Mutex`: the thread sanitizer knows the former, and reports
/// false races for the latter.
///
/// `@unchecked Sendable`: `state` is touched between lock and unlock only.
public final class Lock<State>: @unchecked Sendable {
  @usableFromInline let mutex: ThreadMutex
  @usableFromInline var state: State

  /// - Parameter state: what the lock guards from now on.
  public init(_ state: sending State) {
    self.state = state
    mutex = ThreadMutex()
  }

  deinit { mutex.destroy() }

  /// Runs `body` with the value, alone. Not re-entrant: `body` must not take the same lock.
  ///
  /// Inlined, as a token takes two locks: unspecialized code would handle `State` and `Result` by their witnesses.
  @inlinable
  public func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending State) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    mutex.lock()
    defer { mutex.unlock() }
    return try body(&state)
  }
}

/// A `pthread_mutex_t` at an address of its own.
@usableFromInline
struct ThreadMutex {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    let status = pthread_mutex_init(mutex, nil)
    precondition(status == 0, "pthread_mutex_init: \(status)")
  }

  func destroy() {
    pthread_mutex_destroy(mutex)
    mutex.deinitialize(count: 1)
    mutex.deallocate()
  }

  @usableFromInline
  func lock() { pthread_mutex_lock(mutex) }

  @usableFromInline
  func unlock() { pthread_mutex_unlock(mutex) }
}
