import EventLoop
import Sessions
import System

/// A listener that lives on a loop, reads everything and keeps it.
///
/// `@unchecked Sendable`: the subscription is touched on the loop only; the record is a lock.
final class Listener: @unchecked Sendable {
  struct Record: Equatable {
    var numbers: [Int] = []
    var text = ""
    var thinking = ""
    var waits: [GenerationWait] = []
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
        case .queued(let wait): record.waits.append(wait)
        case .text(let text): record.text += String(decoding: text, as: UTF8.self)
        case .thinking(let text): record.thinking += String(decoding: text, as: UTF8.self)
        case .done: record.dones += 1
        case .end(let end): record.ends.append(end.outcome)
        }
      }
    }
  }
}
