internal import CLinux
internal import EventLoop
internal import Glibc
internal import Synchronization

/// What the process says when it crashes: one line on standard error (shown here as two), from which a developer who has the
/// symbols reads where it happened. The line has the signal, the build and return addresses. It has nothing of registers or
/// memory, where what people have said to their models is.
///
///     ollama-gateway: crashed: signal=SIGSEGV version=0.1.0 build_id=3fa843b8…
///       addresses=ollama-gateway+0x1a2b3c,libc.so.6+0x3c050
///
/// An address is relative to its file, as the file's symbols have it. The first is where it happened, each other one is
/// where a call would have come back to. The process then ends by the signal, as it would have without us.
///
/// Everything that the handler runs is safe in a signal handler (signal-safety(7)): it allocates nothing, takes no lock and
/// touches no object. That is why it is written with pointers.
public enum CrashReport {
  /// The signals of a fault of the process's own.
  private static let signals = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT]
  /// Seconds for one report: one that hangs ends as well.
  private static let patience: UInt32 = 5

  /// The thread that reports; another that crashes meanwhile waits for the end.
  private static let reporter = Atomic<UInt>(0)
  /// Set once, before the first handler is; then only the ``reporter`` uses it.
  nonisolated(unsafe) private static var line: UnsafeMutablePointer<CrashLine>?

  /// Lets crashes of all threads be reported from now on. A thread whose stack is used up is reported if it has a
  /// ``SignalStack``, as event loops' threads and the calling one have. Addresses in libraries that are loaded later have
  /// no name. To be called once in a process.
  ///
  /// - Parameters:
  ///   - version: the program's.
  ///   - isForJournal: whether the journal reads standard error: then the line has its priority.
  public static func install(version: String, isForJournal: Bool) {
    let line = UnsafeMutablePointer<CrashLine>.allocate(capacity: 1)
    line.initialize(
      to: CrashLine(
        start: "\(isForJournal ? "<2>" : "")ollama-gateway: crashed: signal=", version: version,
        modules: LoadedModule.all(program: "ollama-gateway")))
    self.line = line
    // For as long as the process lives.
    _ = Unmanaged.passRetained(Holder())
    // What is made at its first use is made here.
    _ = reporter.load(ordering: .relaxed)
    _Unwind_Backtrace({ _, _ in _URC_NO_REASON }, nil)
    var action = sigaction()
    action.__sigaction_handler.sa_sigaction = { signal, _, context in CrashReport.report(signal, context) }
    action.sa_flags = Int32(SA_SIGINFO) | Int32(bitPattern: UInt32(SA_ONSTACK))
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    for signal in signals {
      sigaction(signal, &action, nil)
      sigaddset(&unblocked, signal)
    }
    // Who has started us may have blocked the watchdog's.
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
  }

  private final class Holder { private let stack = SignalStack() }

  // MARK: In the handler

  private static func report(_ signal: Int32, _ context: UnsafeMutableRawPointer?) {
    let (isFirst, other) = reporter.compareExchange(expected: 0, desired: pthread_self(), ordering: .relaxed)
    guard isFirst else {
      // What goes wrong in the report itself ends it.
      if other == pthread_self() { return end(by: signal) }
      while true { pause() }
    }
    alarm(patience)
    if let line, let context {
      let place = clinux_program_counter(context)
      line.pointee.begin(name(signal))
      _ = line.pointee.note(place)
      line.pointee.flush(to: STDERR_FILENO)
      // From where there is no code the way back cannot be found.
      if line.pointee.knows(place) { walk(Walk(line: line, place: place)) }
      line.pointee.end()
      line.pointee.flush(to: STDERR_FILENO)
    }
    end(by: signal)
  }

  /// The signal waits until its handler has come back, and then ends the process where it was.
  private static func end(by number: Int32) {
    signal(number, SIG_DFL)
    raise(number)
  }

  private static func name(_ signal: Int32) -> StaticString {
    switch signal {
    case SIGSEGV: "SIGSEGV"
    case SIGBUS: "SIGBUS"
    case SIGILL: "SIGILL"
    case SIGFPE: "SIGFPE"
    case SIGTRAP: "SIGTRAP"
    default: "SIGABRT"
    }
  }

  /// Where a walk over the stack is.
  private struct Walk {
    let line: UnsafeMutablePointer<CrashLine>
    /// Where the signal came: the frames before it are the handler's.
    let place: UInt
    var isInHandler = true
  }

  /// Each address goes out by itself, as the stack may be what is broken.
  private static func walk(_ walk: consuming Walk) {
    _ = withUnsafeMutablePointer(to: &walk) { walk in
      _Unwind_Backtrace(
        { context, argument in
          guard let walk = argument?.assumingMemoryBound(to: Walk.self) else { return _URC_END_OF_STACK }
          let address = UInt(_Unwind_GetIP(context))
          if walk.pointee.isInHandler {
            walk.pointee.isInHandler = address != walk.pointee.place
            return _URC_NO_REASON
          }
          // Behind a thread's first function.
          guard address != 0 else { return _URC_END_OF_STACK }
          let line = walk.pointee.line
          let hasRoom = line.pointee.note(address)
          line.pointee.flush(to: STDERR_FILENO)
          return hasRoom ? _URC_NO_REASON : _URC_END_OF_STACK
        }, walk)
    }
  }
}
