internal import System

/// A binary min-heap of timers by deadline; each timer knows its index, so that any can be taken out.
struct TimerHeap {
  private var timers: [LoopTimer] = []

  var isEmpty: Bool { timers.isEmpty }

  /// The earliest deadline.
  var nextDeadline: MonotonicTime? { timers.first?.deadline }

  mutating func insert(_ timer: LoopTimer) {
    precondition(timer.heapIndex == nil, "the timer is set already")
    timers.append(timer)
    timer.heapIndex = timers.count - 1
    siftUp(from: timers.count - 1)
  }

  /// Takes `timer` out; nothing happens if it is not in.
  mutating func remove(_ timer: LoopTimer) {
    guard let index = timer.heapIndex else { return }
    precondition(timers[index] === timer, "the timer is set on another loop")
    timer.heapIndex = nil
    let last = timers.removeLast()
    guard last !== timer else { return }
    timers[index] = last
    last.heapIndex = index
    siftDown(from: siftUp(from: index))
  }

  /// Takes all out, without firing them.
  mutating func removeAll() {
    for timer in timers { timer.heapIndex = nil }
    timers = []
  }

  /// Takes out the earliest timer if it is due at `time`.
  mutating func popDue(at time: MonotonicTime) -> LoopTimer? {
    guard let first = timers.first, first.deadline <= time else { return nil }
    remove(first)
    return first
  }

  @discardableResult
  private mutating func siftUp(from start: Int) -> Int {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard timers[index].deadline < timers[parent].deadline else { break }
      swap(index, parent)
      index = parent
    }
    return index
  }

  private mutating func siftDown(from start: Int) {
    var index = start
    while true {
      var smallest = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < timers.count && timers[child].deadline < timers[smallest].deadline {
        smallest = child
      }
      guard smallest != index else { return }
      swap(index, smallest)
      index = smallest
    }
  }

  private mutating func swap(_ left: Int, _ right: Int) {
    timers.swapAt(left, right)
    timers[left].heapIndex = left
    timers[right].heapIndex = right
  }
}
