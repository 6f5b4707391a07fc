internal import System

/// A binary min-heap of timers by deadline; each timer knows its index, so that any can be taken out.
struct TimerHeap {
  /// The deadline stands here as well: to compare two is not to look into the timers.
  private struct Entry {
    let deadline: MonotonicTime
    let timer: LoopTimer
  }

  private var entries: [Entry] = []

  var isEmpty: Bool { entries.isEmpty }

  /// The earliest deadline.
  var nextDeadline: MonotonicTime? { entries.first?.deadline }

  /// Its deadline stays as it is while it is in.
  mutating func insert(_ timer: LoopTimer) {
    precondition(timer.heapIndex == nil, "the timer is set already")
    entries.append(Entry(deadline: timer.deadline, timer: timer))
    timer.heapIndex = entries.count - 1
    siftUp(from: entries.count - 1)
  }

  /// Takes `timer` out; nothing happens if it is not in.
  mutating func remove(_ timer: LoopTimer) {
    guard let index = timer.heapIndex else { return }
    precondition(entries[index].timer === timer, "the timer is set on another loop")
    timer.heapIndex = nil
    let last = entries.removeLast()
    guard last.timer !== timer else { return }
    entries[index] = last
    last.timer.heapIndex = index
    siftDown(from: siftUp(from: index))
  }

  /// Takes all out, without firing them.
  mutating func removeAll() {
    for entry in entries { entry.timer.heapIndex = nil }
    entries = []
  }

  /// Takes out the earliest timer if it is due at `time`.
  mutating func popDue(at time: MonotonicTime) -> LoopTimer? {
    guard let deadline = nextDeadline, deadline <= time else { return nil }
    let first = entries[0].timer
    remove(first)
    return first
  }

  @discardableResult
  private mutating func siftUp(from start: Int) -> Int {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard entries[index].deadline < entries[parent].deadline else { break }
      swap(index, parent)
      index = parent
    }
    return index
  }

  private mutating func siftDown(from start: Int) {
    var index = start
    while true {
      var smallest = index
      let child = 2 * index + 1
      if child < entries.count, entries[child].deadline < entries[smallest].deadline { smallest = child }
      if child + 1 < entries.count, entries[child + 1].deadline < entries[smallest].deadline {
        smallest = child + 1
      }
      guard smallest != index else { return }
      swap(index, smallest)
      index = smallest
    }
  }

  private mutating func swap(_ left: Int, _ right: Int) {
    entries.swapAt(left, right)
    entries[left].timer.heapIndex = left
    entries[right].timer.heapIndex = right
  }
}
