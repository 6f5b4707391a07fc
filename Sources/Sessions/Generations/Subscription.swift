import EventLoop

/// One listener of a generation: a connection that reads the log from a number on. As long as it lives and is not
/// cancelled, the generation counts as listened to.
///
/// Not `Sendable`: it belongs to the loop that it was made for.
public final class Subscription {
  /// What a read came to.
  public enum Progress: Equatable, Sendable {
    /// That was all for now; a wake comes when there is more.
    case caughtUp
    /// There is more already, and no wake will come for it: read again when there is room.
    case more
    /// The last event was read, now or before.
    case ended
  }

  /// The number of the last event that was read.
  public private(set) var lastNumber: Int

  private let log: EventLog
  private let subscriber: Subscriber
  /// Nil while it is being read.
  private var batch: EventBatch?
  private var hasEnded = false

  init(log: EventLog, after number: Int, subscriber: Subscriber) {
    self.log = log
    lastNumber = number
    self.subscriber = subscriber
  }

  deinit {
    log.remove(subscriber)
  }

  /// Calls `body` for the events after the last one read, in order, each once.
  ///
  /// - Parameter maximumBytes: where to stop for now, in bytes of text; one event is always read.
  public func read(maximumBytes: Int = 64 << 10, _ body: (Int, GenerationEvent) -> Void) -> Progress {
    precondition(subscriber.loop.isCurrent, "a subscription read off its loop")
    if hasEnded { return .ended }
    // `body` may come back here (by way of what it writes to), and must find the position moved and a batch of its own.
    let batch = self.batch.take() ?? EventBatch()
    let progress = log.copy(after: lastNumber, maximumBytes: maximumBytes, for: subscriber, into: batch)
    lastNumber = batch.lastNumber
    hasEnded = progress == .ended
    batch.forEach(body)
    batch.trim(to: 64 << 10)
    self.batch = batch
    return progress
  }

  /// Ends it: no wake comes any more, not even one that was under way. On its loop; may be called twice.
  public func cancel() {
    precondition(subscriber.loop.isCurrent, "a subscription cancelled off its loop")
    subscriber.isCancelled = true
    log.remove(subscriber)
  }
}
