import Glibc

/// SIGTERM and SIGINT. The main thread waits for them with sigwait(3), and nothing else runs on it: Dispatch's own main
/// loop would take them off the mask (it waits in `sigsuspend` with an empty one), and they would kill the process.
struct StopSignals: Sendable {
  private let first = AsyncStream<Int32>.makeStream()

  /// Keeps the signals from the calling thread and from all that it starts: call it before there are others.
  static func block() {
    var signals = set
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Comes back with the first signal, or with one that has come before. To be asked once.
  func wait() async -> Int32 {
    for await signal in first.stream { return signal }
    preconditionFailure("the stream is never ended")
  }

  /// Waits for signals on the calling thread, whose mask ``block()`` has set. The first one is for ``wait()`` when it is
  /// `isHeeded`; any other ends the process at once.
  func watch(isHeeded: Bool) -> Never {
    var signals = Self.set
    var signal: Int32 = 0
    if isHeeded {
      sigwait(&signals, &signal)
      first.continuation.yield(signal)
    }
    sigwait(&signals, &signal)
    // As the shell reports a program that the signal killed.
    _exit(128 + signal)
  }

  /// The signal's name.
  static func name(_ signal: Int32) -> String { signal == SIGINT ? "SIGINT" : "SIGTERM" }

  private static var set: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    return signals
  }
}
