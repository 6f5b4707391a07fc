internal import System

/// Long work of several owners, in slices of well under a millisecond, of which one tick of a loop does so many as its time lets
/// it: the first that waits comes first, and what goes on behind its slice waits again.
///
/// A plain value, to which the time is told.
struct SliceQueue<Slice> {
  /// What waits, from ``first`` on; nil before it.
  private var slots: [Slice?] = []
  private var first = 0
  private var deadline = MonotonicTime(nanoseconds: 0)
  private var isFirstOfTick = true
  /// Bytes that this tick may still read at once.
  private var credit = creditOfTick

  /// How long the slices of one tick take, about.
  static var tick: Duration { .milliseconds(4) }
  /// Bytes of a body that need not wait. Of a hostile one a byte takes up to 15 ns.
  static var smallSize: Int { 4096 }
  /// Bytes of such bodies that one tick reads.
  static var creditOfTick: Int { 64 * 1024 }

  var isEmpty: Bool { first == slots.count }

  mutating func append(_ slice: Slice) { slots.append(slice) }

  /// A tick of the loop begins.
  mutating func beginTick(at now: MonotonicTime) {
    credit = SliceQueue.creditOfTick
    guard !isEmpty else { return }
    deadline = now + SliceQueue.tick
    isFirstOfTick = true
  }

  /// - Returns: what is to be done now; nil where nothing waits, or the tick's time is over. One slice has time in each tick.
  mutating func next(at now: MonotonicTime) -> Slice? {
    guard !isEmpty, isFirstOfTick || now < deadline else { return nil }
    isFirstOfTick = false
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
