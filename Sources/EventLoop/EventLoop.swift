internal import CLinux
internal import Synchronization
public import System

/// One thread that runs one epoll loop: descriptors, timers, jobs of the Swift runtime and messages from other
/// threads.
///
/// A tick does some of the long work (``share(_:)``), runs the messages and jobs that have arrived, the timers that
/// are due and the tick handlers that were asked for, then sleeps in `epoll_wait` until something happens. Everything that runs on the
/// loop shares its thread and must not block.
///
/// Safe from any thread: ``execute(_:)``, ``enqueue(_:)``, ``isCurrent``, ``shutDown()``. All else is for the
/// loop's own thread, and traps elsewhere.
///
/// `@unchecked Sendable`: the mutable properties belong to the loop's thread (each method that touches
/// them checks), but for `mailbox`, which is a lock, and `hasMail`, which is atomic.
public final class EventLoop: @unchecked Sendable {
  /// The name of the thread: at most 15 bytes are shown by ps(1).
  public let name: String
  /// The clock at the start of the tick. Cheap to ask, and the same for all that one tick does.
  public private(set) var now = MonotonicTime.now
  private var tickPeak = RecentPeak()

  let mailbox = Lock(Mailbox())
  /// Whether there are messages in it, so that the loop need not take its lock for none.
  private let hasMail = Atomic(false)
  var timers = TimerHeap()
  var slices = SliceQueue<() -> Void>()
  var slots: [Slot] = []
  var freeSlots: [Int] = []
  let epoll: Int32
  private let wakeUp: Int32
  private var requestedHandlers = TickList<TickHandler>()
  private var shouldStop = false
  /// Of the tasks that are started here. On the loop's thread.
  private(set) lazy var isolation = LoopIsolation(self)
  /// The thread, until somebody has joined it.
  private let thread = Lock<pthread_t?>(nil)

  /// Events that one tick handles, at most. What they bring goes out at the end of the tick, so that the first waits for the
  /// last: with 256 of them a token was milliseconds late where a thousand streams keep a loop busy. Asking the kernel
  /// anew costs a thirtieth of a microsecond an event.
  private static let eventsPerTick = 32

  /// A place in the table that turns an epoll event back into its ``Watch``.
  struct Slot {
    var generation: UInt32 = 0
    var watch: Watch?
  }

  /// What other threads have left for the loop.
  struct Mailbox {
    enum Message {
      case job(UnownedJob)
      case work(@Sendable () -> Void)
    }
    var messages: [Message] = []
    var isWakePending = false
    var isClosed = false
  }

  /// Makes the loop and starts its thread.
  ///
  /// - Throws: if the process has no descriptors (`EMFILE`) or threads (`EAGAIN`) left.
  public init(name: String) throws(SystemCallError) {
    self.name = name
    epoll = try systemCall("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }!
    do throws(SystemCallError) {
      wakeUp = try systemCall("eventfd") {
        eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
      }!
    } catch {
      close(epoll)
      throw error
    }
    var event = clinux_epoll_event(clinux_EPOLLIN, EventLoop.wakeUpToken)
    try systemCall("epoll_ctl") { epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event) }
    try startThread()
  }

  deinit {
    close(wakeUp)
    close(epoll)
  }

  /// Whether the caller runs on the loop's thread.
  public var isCurrent: Bool { EventLoop.current === self }

  /// Traps unless the caller runs on the loop's thread.
  public func preconditionCurrent() {
    precondition(isCurrent, "only for the thread of loop \(name)")
  }

  /// Runs `work` on the loop's thread, in a later tick. From any thread; many messages cost one wake-up. After
  /// ``shutDown()`` `work` is dropped.
  public func execute(_ work: @escaping @Sendable () -> Void) {
    post(.work(work))
  }

  /// Makes what is called at the end of a tick, after messages, jobs and timers, each time that it was asked for by then: work for
  /// many events that is done once for all of them.
  public func makeTickHandler(_ action: @escaping () -> Void) -> TickHandler {
    preconditionCurrent()
    return TickHandler(loop: self, action: action)
  }

  func add(requested handler: TickHandler) {
    preconditionCurrent()
    requestedHandlers.append(handler)
  }

  /// Makes a timer that calls `action` on the loop's thread each time it fires.
  public func makeTimer(_ action: @escaping () -> Void) -> LoopTimer {
    LoopTimer(loop: self, action: action)
  }

  /// The longest time from the end of `epoll_wait` to the end of the same tick, of the last half minute or minute.
  public func longestTick() -> Duration {
    preconditionCurrent()
    return tickPeak.value(at: .now)
  }

  /// Ends the loop once what is in the mailbox has run, and waits for its thread. From any other thread, once.
  public func shutDown() {
    precondition(!isCurrent, "a loop cannot wait for its own end")
    execute { [unowned self] in shouldStop = true }
    guard let thread = thread.withLock({ $0.take() }) else { return }
    pthread_join(thread, nil)
  }
}

// MARK: - The thread

extension EventLoop {
  /// The loop whose thread the caller runs on.
  public static var current: EventLoop? {
    guard let pointer = pthread_getspecific(threadKey) else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
  }

  private static let threadKey: pthread_key_t = {
    var key = pthread_key_t()
    let status = pthread_key_create(&key, nil)
    precondition(status == 0, "pthread_key_create: \(status)")
    return key
  }()

  private func startThread() throws(SystemCallError) {
    let reference = Unmanaged.passRetained(self).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, runEventLoop, reference)
    guard status == 0 else {
      Unmanaged<EventLoop>.fromOpaque(reference).release()
      throw SystemCallError(call: "pthread_create", code: status)
    }
    self.thread.withLock { $0 = thread }
  }

  fileprivate func run() {
    pthread_setspecific(EventLoop.threadKey, Unmanaged.passUnretained(self).toOpaque())
    clinux_set_thread_name(name)
    let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: EventLoop.eventsPerTick)
    defer { events.deallocate() }
    while !shouldStop {
      runSlices()
      let settled = runPending() && slices.isEmpty
      noteTickLength()
      if shouldStop { break }
      let count = wait(events, timeout: settled ? millisecondsToNextTimer() : 0)
      now = .now
      for index in 0..<count { dispatch(&events[index]) }
    }
    closeMailbox()
    slices = SliceQueue()
    timers.removeAll()
    requestedHandlers = TickList()
    slots = []
  }

  /// Runs messages, timers and tick handlers until none has more to do.
  ///
  /// - Returns: false if they still had after a few rounds: descriptors then get their share in between.
  private func runPending() -> Bool {
    for _ in 0..<8 {
      runMessages()
      while let timer = timers.popDue(at: now) { timer.action() }
      if requestedHandlers.isEmpty {
        if !hasMail.load(ordering: .acquiring) { return true }
      } else {
        let handlers = requestedHandlers.take()
        for handler in handlers { handler.run() }
        requestedHandlers.reuse(consume handlers)
      }
    }
    return false
  }

  private func noteTickLength() {
    let end = MonotonicTime.now
    tickPeak.note(end - now, at: end)
  }

  private func wait(_ events: UnsafeMutableBufferPointer<epoll_event>, timeout: Int32) -> Int {
    do {
      let count = try systemCall("epoll_wait") {
        epoll_wait(epoll, events.baseAddress!, Int32(events.count), timeout)
      }
      return Int(count ?? 0)
    } catch {
      // EBADF, EFAULT or EINVAL: a defect of ours that nothing could mend.
      preconditionFailure("\(error)")
    }
  }

  /// Rounded up: a loop that woke a fraction of a millisecond early would spin until the timer is due.
  private func millisecondsToNextTimer() -> Int32 {
    guard let deadline = timers.nextDeadline else { return -1 }
    let nanoseconds = (deadline - .now).wholeNanoseconds
    guard nanoseconds > 0 else { return 0 }
    return Int32(min((nanoseconds - 1) / 1_000_000 + 1, Int64(Int32.max)))
  }
}

/// The thread's start routine: takes over the reference that `startThread` has given away.
private func runEventLoop(_ reference: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  let loop = Unmanaged<EventLoop>.fromOpaque(reference!).takeRetainedValue()
  let stack = SignalStack()
  loop.run()
  _ = consume stack
  return nil
}

// MARK: - The mailbox

extension EventLoop {
  func post(_ message: Mailbox.Message) {
    let isOnLoop = isCurrent
    let needsWake = mailbox.withLock { mailbox in
      if mailbox.isClosed { return false }
      mailbox.messages.append(message)
      hasMail.store(true, ordering: .releasing)
      // On its own thread the loop looks into the mailbox before it sleeps.
      if isOnLoop || mailbox.isWakePending { return false }
      mailbox.isWakePending = true
      return true
    }
    if needsWake { wake() }
  }

  private func wake() {
    var one: UInt64 = 1
    // EAGAIN means that the counter is full: then a wake-up is pending anyhow.
    _ = try? systemCall("write") { write(wakeUp, &one, 8) }
  }

  private func runMessages() {
    guard hasMail.load(ordering: .acquiring) else { return }
    let messages = mailbox.withLock { mailbox in
      hasMail.store(false, ordering: .releasing)
      mailbox.isWakePending = false
      let messages = mailbox.messages
      mailbox.messages = []
      return messages
    }
    for message in messages {
      switch message {
      case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
      case .work(let work): work()
      }
    }
  }

  /// The last looks into the mailbox: tasks that still wait to go on get to their end or next wait.
  private func closeMailbox() {
    for _ in 0..<100 {
      runMessages()
      let isClosed = mailbox.withLock { mailbox in
        mailbox.isClosed = mailbox.messages.isEmpty
        return mailbox.isClosed
      }
      if isClosed { return }
    }
    mailbox.withLock { $0.isClosed = true }
  }

  func clearWakeUp() {
    var count: UInt64 = 0
    _ = try? systemCall("read") { read(wakeUp, &count, 8) }
  }
}
