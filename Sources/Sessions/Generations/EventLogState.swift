internal import Budgets

/// What the lock of an ``EventLog`` guards.
struct EventLogState {
  /// All texts, one after the other.
  var bytes: [UInt8] = []
  /// Where each text ends in `bytes`: text n, counted from 1, ends at `textEnds[n - 1]`.
  var textEnds: [Int] = []
  /// Before which texts the kind changes, counted from 0: up to the first change all are the answer, from there on what
  /// the model thinks, and so on. Where no model thinks there is none.
  private var changes: [Int] = []
  /// Of `bytes`, those that the model thinks.
  private(set) var thinkingBytes = 0
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
  ///
  /// - Returns: why it has none.
  mutating func hold(
    for count: Int, of budget: MemoryBudget?, _ account: ClientAccount?
  ) -> MemoryRefusal? {
    let needed = bytes.count + count + (textEnds.count + changes.count) * MemoryLayout<Int>.stride
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

  /// Puts a text, not of nothing, behind the others.
  mutating func append(_ text: UnsafeRawBufferPointer, as kind: TextKind) {
    if kind != EventLogState.kind(after: changes.count) { changes.append(textEnds.count) }
    if kind == .thinking { thinkingBytes += text.count }
    bytes.append(contentsOf: text)
    textEnds.append(bytes.count)
  }

  /// What texts are after so many changes.
  private static func kind(after changes: Int) -> TextKind { changes.isMultiple(of: 2) ? .answer : .thinking }

  /// The texts of one kind that follow each other, with the one of this index among them: what they are, and the index
  /// behind the last.
  private func run(of index: Int) -> (kind: TextKind, end: Int) {
    // The first change behind it, by halving.
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] > index { high = middle } else { low = middle + 1 }
    }
    return (EventLogState.kind(after: low), low < changes.count ? changes[low] : textEnds.count)
  }

  /// All texts of one kind, one after the other.
  func text(_ kind: TextKind) -> String {
    guard !changes.isEmpty else { return kind == .answer ? String(decoding: bytes, as: UTF8.self) : "" }
    return String(decoding: bytes(of: kind, through: textEnds.count), as: UTF8.self)
  }

  /// Those of the first so many texts that are of one kind.
  func bytes(of kind: TextKind, through number: Int) -> [UInt8] {
    let count = min(max(0, number), textEnds.count)
    var text: [UInt8] = []
    var (current, start) = (TextKind.answer, 0)
    for index in changes.prefix(while: { $0 < count }) + [count] {
      let end = index == 0 ? 0 : textEnds[index - 1]
      if current == kind { text += bytes[start..<end] }
      start = end
      current = current == .answer ? .thinking : .answer
    }
    return text
  }

  /// Of all texts of one kind, `limit` bytes at most from byte `start` on.
  func part(of kind: TextKind, from start: Int, atMost limit: Int) -> [UInt8] {
    var part: [UInt8] = []
    var (skipped, runStart) = (start, 0)
    for index in 0...changes.count where part.count < limit {
      let last = index < changes.count ? changes[index] : textEnds.count
      let runEnd = last == 0 ? 0 : textEnds[last - 1]
      if EventLogState.kind(after: index) == kind {
        let from = runStart + min(skipped, runEnd - runStart)
        skipped -= from - runStart
        part += bytes[from..<runEnd].prefix(limit - part.count)
      }
      runStart = runEnd
    }
    return part
  }

  /// Copies what follows event `number` into `batch`: texts of one kind up to `maximumBytes`, but one at least, and the
  /// ending.
  func copy(after number: Int, maximumBytes: Int, into batch: EventBatch) -> Subscription.Progress {
    batch.removeAll(startingAfter: number)
    if number < textEnds.count {
      let start = number == 0 ? 0 : textEnds[number - 1]
      var last = number
      let run = run(of: number)
      while last < run.end && (last == number || textEnds[last] - start <= maximumBytes) { last += 1 }
      batch.append(
        bytes[start..<textEnds[last - 1]], ends: textEnds[number..<last], from: start, of: run.kind)
      if last < textEnds.count { return .more }
    }
    guard end != nil else { return .caughtUp }
    if number < lastNumber, let end {
      batch.append(end, hasDone: endingEvents == 2 && number < textEnds.count + 1)
    }
    return .ended
  }
}
