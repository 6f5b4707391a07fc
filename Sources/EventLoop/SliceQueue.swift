internal import System

/// Long work of several owners, in slices of well under a millisecond, of which one turn of a loop does so many as its time lets
/// it: the first that waits comes first, and what goes on behind its slice waits again.
///
/// A plain value, to which the time is told.
struct SliceQueue<Slice> {
  /// What waits, from ``first`` on; nil before it.
  private var slots: [Slice?] = []
  private var first = 0
  private var deadline = MonotonicTime(nanoseconds: 0)
  private var isFirstOfTurn = true
  /// Bytes that this turn may still read at once.
  private var credit = creditOfTurn

  /// How long the slices of one turn take, about.
  static var turn: Duration { .milliseconds(4) }
  /// Bytes of a body that need not wait. Of a hostile one a byte takes up to 15 ns.
  static var smallSize: Int { 4096 }
  /// Bytes of such bodies that one turn reads.
  static var creditOfTurn: Int { 64 * 1024 }

  var isEmpty: Bool { first == slots.count }

  mutating func append(_ slice: Slice) { slots.append(slice) }

  /// A turn of the loop begins.
  mutating func beginTurn(at now: MonotonicTime) {
    credit = SliceQueue.creditOfTurn
    guard !isEmpty else { return }
    deadline = now + SliceQueue.turn
    isFirstOfTurn = true
  }

  /// - Returns: what is to be done now; nil where nothing waits, or the turn's time is over. One slice has time in each turn.
  mutating func next(at now: MonotonicTime) -> Slice? {
    guard !isEmpty, isFirstOfTurn || now < deadline else { return nil }
    isFirstOfTurn = false
    let slice = slots[first].take()
    first += 1
    if isEmpty {
      slots.removeAll(keepingCapacity: slots.capacity <= 64)
      first = 0
    } else if first >= 64 && first > slots.count / 2 {
      slots.removeFirst(first)
      first = 0
    }
    return slice
  }

  /// Whether a body of so many bytes may be read without waiting.
  mutating func takesAtOnce(_ size: Int) -> Bool {
    guard size <= SliceQueue.smallSize, size <= credit else { return false }
    credit -= size
    return true
  }
}
