internal import Budgets

/// What the lock of an ``EventLog`` guards.
struct EventLogState {
  /// All texts, one after the other.
  var bytes: [UInt8] = []
  /// Where each text ends in `bytes`: text n, counted from 1, ends at `textEnds[n - 1]`.
  var textEnds: [Int] = []
  /// Where the kind changes: up to the first change all texts are content, from there on what the model thinks, and so
  /// on. Where no model thinks there is none.
  private(set) var changes: [Change] = []
  /// Of `bytes`, those that the model thinks.
  private(set) var thinkingBytes = 0
  var end: GenerationEnd?
  /// Of a log that was made from what a store has kept; nil for one that this process has written.
  var origin: RestoredLog?
  /// What of the process's memory it has; more than ``heldBytes`` it has not got.
  private var holds: [MemoryHold] = []
  private var heldBytes = EventLogState.freeBytes
  /// Bytes that are not counted: most generations have less.
  private static let freeBytes = 16 * 1024

  /// A place where texts of the other kind begin.
  struct Change {
    /// The index of the first text behind it.
    let text: Int
    /// Bytes of the content before it.
    let contentBytes: Int
  }

  /// Where the generation stands that has no server yet.
  private(set) var wait: GenerationWait?
  /// Counts the waits.
  private(set) var waitNumber = 0

  mutating func stand(_ wait: GenerationWait?) {
    self.wait = wait
    waitNumber += 1
  }

  var subscribers: [Subscriber] = []
  /// How often somebody has subscribed.
  var attendance = 0

  /// Failure has no `done` marker before it.
  var endingEvents: Int {
    switch end?.outcome {
    case nil: 0
    case .failed, .interrupted: 1
    case .completed, .cancelled: 2
    }
  }

  /// Sees to it that a text of `count` bytes has room.
  ///
  /// - Returns: why it has none.
  mutating func hold(
    for count: Int, of budget: MemoryBudget?, _ account: ClientAccount?
  ) -> MemoryRefusal? {
    let needed =
      bytes.count + count + textEnds.count * MemoryLayout<Int>.stride
      + changes.count * MemoryLayout<Change>.stride
    guard needed > heldBytes, let budget else { return nil }
    let more =
      (needed - heldBytes + MemoryBudget.pieceBytes - 1) / MemoryBudget.pieceBytes * MemoryBudget.pieceBytes
    do throws(MemoryRefusal) {
      holds.append(try MemoryHold(more, of: budget, for: account))
    } catch {
      return error
    }
    heldBytes += more
    return nil
  }

  var lastNumber: Int { textCount + endingEvents }

  /// The number of the last text.
  private var textCount: Int {
    if case .ended(let lastNumber) = origin { max(lastNumber, textEnds.count) } else { textEnds.count }
  }

  /// The subscribers to wake now: those that have not been woken since they last read everything.
  mutating func takeWakes() -> Wakes {
    var wakes = Wakes()
    for subscriber in subscribers where !subscriber.isWakePending {
      subscriber.isWakePending = true
      wakes.add(subscriber)
    }
    return wakes
  }

  /// Puts a text, not of nothing, behind the others.
  mutating func append(_ text: UnsafeRawBufferPointer, as kind: TextKind) {
    if kind != EventLogState.kind(after: changes.count) {
      changes.append(Change(text: textEnds.count, contentBytes: bytes.count - thinkingBytes))
    }
    if kind == .thinking { thinkingBytes += text.count }
    bytes.append(contentsOf: text)
    textEnds.append(bytes.count)
  }

  /// Copies what follows event `number` into `batch`: texts of one kind up to `maximumBytes`, but one at least, and the
  /// ending.
  ///
  /// - Parameter tellsTexts: false for the ending alone.
  func copy(
    after number: Int, maximumBytes: Int, tellsTexts: Bool = true, into batch: EventBatch
  ) -> Subscription.Progress {
    // Texts that are fewer than they were have the last numbers: who comes back with one of these is told none twice.
    let offset = textCount - textEnds.count
    let text = tellsTexts ? max(0, number - offset) : max(textEnds.count, number - offset)
    batch.removeAll(startingAfter: text + offset)
    if text < textEnds.count {
      let start = start(ofText: text)
      var last = text
      let run = run(ofText: text)
      let runEnd = endText(ofRun: run)
      while last < runEnd && (last == text || textEnds[last] - start <= maximumBytes) { last += 1 }
      batch.append(
        bytes[start..<textEnds[last - 1]], ends: textEnds[text..<last], from: start,
        of: EventLogState.kind(after: run))
      if last < textEnds.count { return .more }
    }
    guard end != nil else { return .caughtUp }
    // Whoever has seen more than was kept is told the end above that.
    if number < lastNumber || origin == .interrupted, let end {
      batch.append(end, hasDone: endingEvents == 2 && number < textCount + 1)
    }
    return .ended
  }
}
