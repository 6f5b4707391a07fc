internal import Budgets

/// What the lock of an ``EventLog`` guards.
struct EventLogState {
  /// All texts, one after the other.
  var bytes: [UInt8] = []
  /// Where each text ends in `bytes`: text n, counted from 1, ends at `textEnds[n - 1]`.
  var textEnds: [Int] = []
  var end: GenerationEnd?
  /// What of the process's memory it has; more than ``heldBytes`` it has not got.
  private var holds: [MemoryHold] = []
  private var heldBytes = EventLogState.freeBytes
  /// So much is not counted: most answers have less.
  private static let freeBytes = 16 * 1024

  var subscribers: [Subscriber] = []
  /// How often somebody has subscribed.
  var attendance = 0

  /// Failure has no `done` marker before it.
  var endingEvents: Int {
    switch end?.outcome {
    case nil: 0
    case .failed: 1
    case .completed, .cancelled: 2
    }
  }

  /// Sees to it that a text of `count` bytes has room.
  mutating func hold(for count: Int, of budget: MemoryBudget?) -> Bool {
    let needed = bytes.count + count + textEnds.count * MemoryLayout<Int>.stride
    guard needed > heldBytes, let budget else { return true }
    let more =
      (needed - heldBytes + MemoryBudget.pieceBytes - 1) / MemoryBudget.pieceBytes * MemoryBudget.pieceBytes
    guard let hold = try? MemoryHold(more, of: budget, for: nil) else { return false }
    holds.append(hold)
    heldBytes += more
    return true
  }

  var lastNumber: Int { textEnds.count + endingEvents }

  /// The subscribers to wake now: those that have not been woken since they last read everything.
  mutating func takeWakes() -> Wakes {
    var wakes = Wakes()
    for subscriber in subscribers where !subscriber.isWakePending {
      subscriber.isWakePending = true
      wakes.add(subscriber)
    }
    return wakes
  }

  /// Copies what follows event `number` into `batch`: texts up to `maximumBytes`, but one at least, and the ending.
  func copy(after number: Int, maximumBytes: Int, into batch: EventBatch) -> Subscription.Progress {
    batch.removeAll(startingAfter: number)
    if number < textEnds.count {
      let start = number == 0 ? 0 : textEnds[number - 1]
      var last = number
      while last < textEnds.count && (last == number || textEnds[last] - start <= maximumBytes) { last += 1 }
      batch.append(bytes[start..<textEnds[last - 1]], ends: textEnds[number..<last], from: start)
      if last < textEnds.count { return .more }
    }
    guard end != nil else { return .caughtUp }
    if number < lastNumber, let end {
      batch.append(end, hasDone: endingEvents == 2 && number < textEnds.count + 1)
    }
    return .ended
  }
}
