internal import Glibc
internal import Logging
internal import System

/// Where log lines go: a bounded queue, and one thread that writes it out. Whoever logs copies its line under a lock and
/// goes on; no event loop waits for a disk, a pipe or a terminal.
///
/// Lines are gathered for a moment (``batchDelay``) and go out by one write(2): under load a wake-up and a write for each
/// line would cost more than the line. When the queue is full, lines are dropped and counted; the count goes into the log
/// as soon as there is room.
///
/// The thread holds the sink until ``close(within:)``. All methods may be called on any thread.
///
/// `@unchecked Sendable`: `state` is touched under `mutex` only; the rest is constant. The lock is one of its own, since a
/// condition variable needs the mutex itself. No access to `state` may span a wait, as a closure's `inout` would: other
/// threads change it meanwhile, which the compiler takes for impossible.
public final class LogSink: @unchecked Sendable {
  let layout: LogLineLayout
  let descriptor: Int32
  private let capacity: Int
  private let batchDelay: Duration
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  /// For the writer: there is work, or no time to gather more of it.
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  /// For those who flush: a batch is out, or the writer has ended.
  private let progress: UnsafeMutablePointer<pthread_cond_t>
  private var state = State()

  private struct State {
    var pending: [UInt8] = []
    var pendingLines = 0
    /// Lines lost and not yet reported.
    var unreported = 0
    /// Lines lost since the start.
    var dropped = 0
    /// Bytes taken in and bytes dealt with since the start: a flush waits until the second has reached the first.
    var accepted = 0
    var finished = 0
    var isWriterWaiting = false
    var isUrgent = false
    var isClosing = false
    var hasEnded = false
  }

  /// Starts the writing thread.
  ///
  /// - Parameters:
  ///   - descriptor: where to write, by default standard error; it stays the caller's. It may be non-blocking.
  ///   - format: how lines are laid out.
  ///   - isForJournal: whether the descriptor leads to the systemd journal: lines then begin with their priority.
  ///   - capacity: the most bytes that wait to be written.
  ///   - batchDelay: how long lines are gathered before they are written.
  public init(
    descriptor: Int32 = 2, format: LogLineFormat = .text, isForJournal: Bool = false, capacity: Int = 4 << 20,
    batchDelay: Duration = .milliseconds(20)
  ) {
    self.descriptor = descriptor
    layout = LogLineLayout(format: format, isForJournal: isForJournal)
    self.capacity = capacity
    self.batchDelay = batchDelay
    mutex = .allocate(capacity: 1)
    wake = .allocate(capacity: 1)
    progress = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    wake.initialize(to: pthread_cond_t())
    progress.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    LogSink.initializeMonotonic(wake)
    LogSink.initializeMonotonic(progress)
    startThread()
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(wake)
    pthread_cond_destroy(progress)
    mutex.deallocate()
    wake.deallocate()
    progress.deallocate()
  }

  /// Lines that were lost since the start, for want of room or because they could not be written.
  public var droppedLines: Int { locked { $0.dropped } }

  /// Takes a line that ends in a line feed. `isUrgent` lines do not wait for others to gather.
  func append(_ line: [UInt8], isUrgent: Bool = false) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !state.isClosing, state.pending.count + line.count <= capacity else {
      state.unreported += 1
      state.dropped += 1
      return
    }
    state.pending.append(contentsOf: line)
    state.pendingLines += 1
    state.accepted += line.count
    let isPressing = isUrgent || state.pending.count > capacity / 4
    guard state.isWriterWaiting || (isPressing && !state.isUrgent) else { return }
    state.isUrgent = state.isUrgent || isPressing
    state.isWriterWaiting = false
    pthread_cond_signal(wake)
  }

  /// Waits until all that was appended before is written, or given up because the descriptor is dead.
  ///
  /// - Returns: false when the time was up first.
  @discardableResult
  public func flush(within limit: Duration) -> Bool {
    let deadline = MonotonicDeadline(after: limit)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let target = state.accepted
    state.isUrgent = true
    pthread_cond_signal(wake)
    while state.finished < target, !state.hasEnded {
      if !deadline.wait(progress, mutex) { break }
    }
    return state.finished >= target
  }

  /// Takes no more lines, writes out what is there, and ends the thread.
  ///
  /// - Returns: false when the time was up first: the thread then ends on its own, when its write comes back.
  @discardableResult
  public func close(within limit: Duration) -> Bool {
    let deadline = MonotonicDeadline(after: limit)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    state.isClosing = true
    pthread_cond_signal(wake)
    while !state.hasEnded {
      if !deadline.wait(progress, mutex) { break }
    }
    return state.hasEnded
  }

  /// For what does not wait.
  private func locked<Result>(_ body: (inout State) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&state)
  }
}

// The writing thread.
extension LogSink {
  private func startThread() {
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, logSinkThread, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "pthread_create: \(status)")
    pthread_detach(thread)
  }

  fileprivate func run() {
    var batch: [UInt8] = []
    var keep = true
    while keep {
      let (lines, unreported) = nextBatch(&batch, &keep)
      let accepted = batch.count
      if unreported > 0 { batch += droppedReport(unreported) }
      let isOut = batch.withUnsafeBytes { BlockingIO.write($0, to: descriptor) { self.isGivingUp } }
      finish(accepted, lost: isOut ? 0 : lines, stillUnreported: isOut ? 0 : unreported)
      // What a burst took is given back.
      if batch.capacity > 1 << 20 { batch = [] }
    }
    locked { state in
      state.hasEnded = true
      pthread_cond_broadcast(progress)
    }
  }

  /// Waits for lines, lets more of them gather, and takes them all. `keep` becomes false with the last batch.
  private func nextBatch(_ batch: inout [UInt8], _ keep: inout Bool) -> (lines: Int, unreported: Int) {
    batch.removeAll(keepingCapacity: true)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while state.pending.isEmpty, !state.isClosing {
      state.isUrgent = false
      state.isWriterWaiting = true
      pthread_cond_wait(wake, mutex)
    }
    state.isWriterWaiting = false
    let deadline = MonotonicDeadline(after: batchDelay)
    while !state.isUrgent, !state.isClosing, deadline.wait(wake, mutex) {}
    state.isUrgent = false
    keep = !state.isClosing
    swap(&batch, &state.pending)
    defer { (state.pendingLines, state.unreported) = (0, 0) }
    return (state.pendingLines, state.unreported)
  }

  private func finish(_ bytes: Int, lost: Int, stillUnreported: Int) {
    locked { state in
      state.finished += bytes
      state.dropped += lost
      state.unreported += lost + stillUnreported
      pthread_cond_broadcast(progress)
    }
  }

  private var isGivingUp: Bool { locked { $0.isClosing } }

  private func droppedReport(_ count: Int) -> [UInt8] {
    var line = LogLine(
      layout, time: .now, level: .warning, label: "log", message: "log lines were dropped")
    line.add("dropped", count)
    line.end()
    return line.bytes
  }

  /// Timed waits go by the clock that nobody sets.
  private static func initializeMonotonic(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }
}

/// The thread's entry: takes over the reference that ``LogSink`` handed it.
private func logSinkThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // A write to a closed pipe raises SIGPIPE on the writing thread, and the program's signals are for other threads.
  var signals = sigset_t()
  sigfillset(&signals)
  // But for those of a fault: blocked, they would end the process without a report.
  for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&signals, signal) }
  pthread_sigmask(SIG_BLOCK, &signals, nil)
  guard let context else { return nil }
  Unmanaged<LogSink>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
