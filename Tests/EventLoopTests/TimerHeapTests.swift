import System
import Testing

@testable import EventLoop

@Suite struct TimerHeapTests {
  @Test(arguments: 1...20) func anyMixOfInsertionsAndRemovalsStaysSorted(seed: UInt64) throws {
    let loop = try EventLoop(name: "test")
    defer { loop.shutDown() }
    var random = SplitMix(state: seed)
    var heap = TimerHeap()
    var members: [LoopTimer] = []
    for _ in 0..<500 {
      if members.isEmpty || random.next() % 3 != 0 {
        let timer = LoopTimer(loop: loop) {}
        timer.deadline = MonotonicTime(nanoseconds: Int64(random.next() % 1000))
        heap.insert(timer)
        members.append(timer)
      } else {
        heap.remove(members.remove(at: Int(random.next() % UInt64(members.count))))
      }
    }
    var popped: [MonotonicTime] = []
    while let timer = heap.popDue(at: MonotonicTime(nanoseconds: .max)) {
      #expect(timer.heapIndex == nil)
      popped.append(timer.deadline)
    }
    #expect(popped == members.map(\.deadline).sorted())
    #expect(heap.isEmpty)
  }

  /// A timer of a loop that is over can still be cancelled.
  @Test func whatWasTakenOutIsNotIn() throws {
    let loop = try EventLoop(name: "test")
    defer { loop.shutDown() }
    var heap = TimerHeap()
    let timers = (0..<5).map { _ in LoopTimer(loop: loop) {} }
    for timer in timers { heap.insert(timer) }
    heap.removeAll()
    #expect(heap.isEmpty && timers.allSatisfy { !$0.isScheduled })
    for timer in timers { heap.remove(timer) }
    heap.insert(timers[2])
    #expect(heap.popDue(at: MonotonicTime(nanoseconds: .max)) === timers[2])
  }

  @Test func nothingIsDueBeforeItsTime() throws {
    let loop = try EventLoop(name: "test")
    defer { loop.shutDown() }
    var heap = TimerHeap()
    let timer = LoopTimer(loop: loop) {}
    timer.deadline = MonotonicTime(nanoseconds: 10)
    heap.insert(timer)
    #expect(heap.popDue(at: MonotonicTime(nanoseconds: 9)) == nil)
    #expect(heap.popDue(at: MonotonicTime(nanoseconds: 10)) === timer)
  }
}

/// A small generator with a seed (SplitMix64), so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
