import EventLoop
import Sessions
import Testing

/// Waits until `condition` holds; fails the test when it does not within 30 seconds.
func eventually(
  _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async -> Bool
) async {
  let deadline = ContinuousClock.now + .seconds(30)
  while ContinuousClock.now < deadline {
    if await condition() { return }
    try? await Task.sleep(for: .milliseconds(1))
  }
  Issue.record("it never came about: \(what)", sourceLocation: sourceLocation)
}

extension EventLoop {
  /// Runs `work` on the loop and waits for its answer.
  func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      execute { continuation.resume(returning: work()) }
    }
  }
}

extension EventLog {
  @discardableResult
  func append(_ text: String) -> Appended {
    Array(text.utf8).withUnsafeBytes { append($0) }
  }

  func end(_ outcome: GenerationOutcome) -> Bool {
    end(GenerationEnd(outcome: outcome, timestamp: Timestamp(millisecondsSince1970: 0)))
  }
}

/// Clocks that go when they are told to.
final class ManualClock: Sendable {
  private let elapsed = Lock(Duration.zero)

  func advance(by duration: Duration) {
    elapsed.withLock { $0 += duration }
  }

  var clock: SessionClock {
    SessionClock(
      timestamp: { Timestamp(millisecondsSince1970: Int64(self.elapsed.withLock { $0 }.milliseconds)) },
      monotonic: { MonotonicTime(nanoseconds: 0) + self.elapsed.withLock { $0 } })
  }
}

/// A listener that lives on a loop, reads everything and keeps it.
///
/// `@unchecked Sendable`: the subscription is touched on the loop only; the record is a lock.
final class Listener: @unchecked Sendable {
  struct Record: Equatable {
    var numbers: [Int] = []
    var text = ""
    var dones = 0
    var ends: [GenerationOutcome] = []
    var wakes = 0
  }

  let loop: EventLoop
  private let record = Lock(Record())
  private var subscription: Subscription?
  /// Whether a wake reads by itself.
  private let isReading: Bool
  private let maximumBytes: Int

  init(loop: EventLoop, isReading: Bool = true, maximumBytes: Int = 64 << 10) {
    self.loop = loop
    self.isReading = isReading
    self.maximumBytes = maximumBytes
  }

  var current: Record { record.withLock { $0 } }
  var hasEnded: Bool { !current.ends.isEmpty }

  func subscribe(to log: EventLog, after number: Int = 0) async {
    await loop.run { self.subscribeHere(to: log, after: number) }
  }

  func subscribeHere(to log: EventLog, after number: Int = 0) {
    subscription = log.subscribe(after: number, on: loop) { [weak self] in self?.wake() }
    if isReading { readAll() }
  }

  func cancel() async {
    await loop.run { self.cancelHere() }
  }

  func cancelHere() {
    subscription?.cancel()
  }

  func drop() async {
    await loop.run { self.subscription = nil }
  }

  func read() async -> Subscription.Progress? {
    await loop.run { self.readOnce() }
  }

  private func wake() {
    precondition(loop.isCurrent, "woken elsewhere")
    record.withLock { $0.wakes += 1 }
    if isReading { readAll() }
  }

  private func readAll() {
    while readOnce() == .more {}
  }

  private func readOnce() -> Subscription.Progress? {
    subscription?.read(maximumBytes: maximumBytes) { number, event in
      record.withLock { record in
        record.numbers.append(number)
        switch event {
        case .text(let text): record.text += String(decoding: text, as: UTF8.self)
        case .done: record.dones += 1
        case .end(let end): record.ends.append(end.outcome)
        }
      }
    }
  }
}
