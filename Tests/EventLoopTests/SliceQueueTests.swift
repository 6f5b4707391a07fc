import Glibc
import System
import Testing

@testable import EventLoop

@Suite struct SliceQueueTests {
  private func time(_ milliseconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64(1e12 + milliseconds * 1e6))
  }

  /// Each takes a millisecond and goes on for ever: a tick does four of them, the next goes on with the fifth.
  @Test func allGetTheirTickAndNoTickIsLonger() {
    var queue = SliceQueue<Int>()
    for number in 0..<300 { queue.append(number) }
    var done: [Int] = []
    var now = 0.0
    for _ in 0..<150 {
      queue.beginTick(at: time(now))
      let start = done.count
      while let slice = queue.next(at: time(now)) {
        done.append(slice)
        queue.append(slice)
        now += 1
      }
      #expect(done.count - start == 4)
    }
    #expect(done == Array(0..<300) + Array(0..<300))
  }

  /// However late it is: otherwise nothing would ever end.
  @Test func oneHasTimeInEachTick() {
    var queue = SliceQueue<Int>()
    for number in 0..<3 { queue.append(number) }
    for number in 0..<3 {
      queue.beginTick(at: time(0))
      let slices = [queue.next(at: time(1000)), queue.next(at: time(1000))]
      #expect(slices == [number, nil])
    }
    #expect(queue.isEmpty)
    queue.beginTick(at: time(0))
    let none = queue.next(at: time(0))
    #expect(none == nil)
  }

  @Test func whatIsSmallNeedNotWaitUntilThereIsTooMuchOfIt() {
    var queue = SliceQueue<Int>()
    for _ in 0..<3 {
      let small = SliceQueue<Int>.smallSize
      let sizes = [small + 1] + Array(repeating: small, count: SliceQueue<Int>.creditOfTick / small) + [1, 0]
      let answers = sizes.map { queue.takesAtOnce($0) }
      #expect(answers == sizes.map { $0 == small || $0 == 0 })
      queue.beginTick(at: time(0))
    }
  }

  /// Work without end is no hindrance to what comes from outside, and is dropped with the loop.
  @Test func aLoopLooksAtItsSocketsBetweenSlices() async throws {
    let loop = try EventLoop(name: "test")
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    await withCheckedContinuation { continuation in
      loop.execute {
        for _ in 0..<100 { goOn(on: loop) }
        var watch: Watch?
        watch = try? loop.watch(reading, for: .readable) { _ in
          watch?.cancel()
          continuation.resume()
        }
        let timer = loop.makeTimer { #expect(write(writing, "a", 1) == 1) }
        timer.schedule(after: .milliseconds(1))
      }
    }
    loop.shutDown()
    close(reading)
    close(writing)
  }
}

/// Asks again behind each slice.
private func goOn(on loop: EventLoop) {
  loop.share { goOn(on: loop) }
}
