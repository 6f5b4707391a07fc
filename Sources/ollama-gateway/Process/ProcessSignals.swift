import Glibc

/// SIGTERM and SIGINT, which stop the gateway, and SIGHUP, which lets it read its configuration again. The main thread waits
/// for them with sigwait(3), and nothing else runs on it: Dispatch's own main loop would take them off the mask (it waits
/// in `sigsuspend` with an empty one), and they would kill the process.
struct ProcessSignals: Sendable {
  /// Those of this process.
  static let shared = ProcessSignals()

  /// One element for each request to read the configuration again; requests that nobody has taken yet are one. To be
  /// iterated once.
  let reloads: AsyncStream<Void>
  private let reload: AsyncStream<Void>.Continuation
  private let first = AsyncStream<Int32>.makeStream()
  private let startedOnTerminal = isatty(STDIN_FILENO) == 1

  private init() {
    (reloads, reload) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Keeps the signals from the calling thread and from all that it starts: call it before there are others.
  static func block() {
    var signals = set
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Comes back with the first signal that stops, or with one that has come before. To be asked once.
  func wait() async -> Int32 {
    for await signal in first.stream { return signal }
    preconditionFailure("the stream is never ended")
  }

  /// Waits for signals on the calling thread, whose mask ``block()`` has set. When they are `isHeeded`, SIGHUP is for
  /// ``reloads`` and the first that stops for ``wait()``; any other ends the process at once.
  func watch(isHeeded: Bool) -> Never {
    var signals = Self.set
    var signal: Int32 = 0
    var isStopping = !isHeeded
    while true {
      sigwait(&signals, &signal)
      if isHeeded, signal == SIGHUP, !hasLostTerminal {
        reload.yield()
      } else if !isStopping {
        isStopping = true
        first.continuation.yield(signal)
      } else {
        // As the shell reports a program that the signal killed.
        _exit(128 + signal)
      }
    }
  }

  /// The signal's name.
  static func name(_ signal: Int32) -> String {
    switch signal {
    case SIGINT: "SIGINT"
    case SIGHUP: "SIGHUP"
    default: "SIGTERM"
    }
  }

  /// A window that is closed means something else by SIGHUP.
  private var hasLostTerminal: Bool { startedOnTerminal && isatty(STDIN_FILENO) == 0 }

  private static var set: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
    return signals
  }
}
