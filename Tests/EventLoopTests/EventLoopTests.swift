import EventLoop
import Glibc
import System
import Testing

@Suite struct EventLoopTests {
  @Test func messagesOfOneThreadRunInOrderOnTheLoop() async throws {
    let loop = try EventLoop(name: "test")
    let seen = Lock<[Int]>([])
    for number in 0..<1000 {
      loop.execute {
        precondition(loop.isCurrent)
        seen.withLock { $0.append(number) }
      }
    }
    loop.shutDown()
    #expect(seen.withLock { $0 } == Array(0..<1000))
    #expect(!loop.isCurrent)
  }

  @Test func aShutDownLoopDropsMessages() async throws {
    let loop = try EventLoop(name: "test")
    loop.shutDown()
    loop.execute { Issue.record("ran after the end") }
  }

  /// An actor that lives on a loop.
  actor Resident {
    let loop: EventLoop
    var count = 0
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(loop: EventLoop) { self.loop = loop }

    func step() async -> Bool {
      count += 1
      await Task.yield()
      return loop.isCurrent
    }

    nonisolated func stepFromCallback() {
      assumeIsolated { $0.count += 1 }
    }
  }

  @Test func anActorStaysOnItsLoop() async throws {
    let loop = try EventLoop(name: "test")
    let resident = Resident(loop: loop)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<100 { group.addTask { await resident.step() } }
      for await isOnLoop in group { #expect(isOnLoop) }
    }
    await withCheckedContinuation { continuation in
      loop.execute {
        resident.stepFromCallback()
        continuation.resume()
      }
    }
    #expect(await resident.count == 101)
    loop.shutDown()
  }

  @Test func timersFireInOrderOfTheirDeadlinesAndNotWhenCancelled() async throws {
    let loop = try EventLoop(name: "test")
    let order: [Int] = await withCheckedContinuation { continuation in
      loop.execute {
        var order: [Int] = []
        var timers: [LoopTimer] = []
        for number in [3, 1, 4, 2, 5] {
          let timer = loop.makeTimer {
            order.append(number)
            if number == 5 { continuation.resume(returning: order) }
          }
          timer.schedule(after: .milliseconds(number))
          timers.append(timer)
        }
        timers[2].cancel()
        #expect(!timers[2].isScheduled && timers[0].isScheduled)
        timers[1].schedule(after: .microseconds(4500))
      }
    }
    #expect(order == [2, 3, 1, 5])
    loop.shutDown()
  }

  @Test func aDescriptorWakesItsWatchUntilThatIsCancelled() async throws {
    let loop = try EventLoop(name: "test")
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    await withCheckedContinuation { continuation in
      loop.execute {
        var count = 0
        var watch: Watch?
        do {
          watch = try loop.watch(reading, for: .readable) { events in
            #expect(events.contains(.readable))
            var byte: UInt8 = 0
            #expect(read(reading, &byte, 1) == 1)
            count += 1
            guard count == 3 else { return }
            watch?.cancel()
            continuation.resume()
          }
        } catch {
          Issue.record(error)
        }
        #expect(write(writing, "abc", 3) == 3)
      }
    }
    loop.shutDown()
    close(reading)
    close(writing)
  }

  @Test func anEventOfAnEndedWatchDoesNotReachItsSuccessor() async throws {
    let loop = try EventLoop(name: "test")
    var first: [Int32] = [0, 0]
    var second: [Int32] = [0, 0]
    #expect(pipe(&first) == 0 && pipe(&second) == 0)
    let (readers, writers) = ([first[0], second[0]], [first[1], second[1]])
    await withCheckedContinuation { continuation in
      loop.execute {
        // Both are ready in one tick; whichever runs first ends the other and takes its slot for a third.
        var watches: [Watch?] = [nil, nil]
        var calls = 0
        for index in 0...1 {
          watches[index] = try? loop.watch(readers[index], for: .readable) { _ in
            calls += 1
            for watch in watches { watch?.cancel() }
            watches[0] = try? loop.watch(writers[0], for: .peerClosed) { _ in
              Issue.record("an old event reached a new watch")
            }
          }
        }
        for writer in writers { #expect(write(writer, "x", 1) == 1) }
        let timer = loop.makeTimer {
          #expect(calls == 1)
          watches[0]?.cancel()
          continuation.resume()
        }
        timer.schedule(after: .milliseconds(20))
      }
    }
    loop.shutDown()
    for descriptor in readers + writers { close(descriptor) }
  }

  /// Once for as many requests as there were by then, and again as long as it asks for that.
  @Test func aTickHandlerRunsWhenItIsAskedFor() async throws {
    let loop = try EventLoop(name: "test")
    let rounds: Int = await withCheckedContinuation { continuation in
      loop.execute {
        var handler: TickHandler?
        var rounds = 0
        handler = loop.makeTickHandler {
          rounds += 1
          if rounds == 20 {
            handler = nil
            loop.execute { [rounds] in continuation.resume(returning: rounds) }
          } else {
            for _ in 0..<3 { handler?.request() }
          }
        }
        for _ in 0..<3 { handler?.request() }
      }
    }
    #expect(rounds == 20)
    loop.shutDown()
  }

  /// One of two that cancels the other is the last to run, and a cancelled one may go.
  @Test func aCancelledTickHandlerIsNotCalled() async throws {
    let loop = try EventLoop(name: "test")
    let wasSecondCalled = Lock(false)
    await withCheckedContinuation { continuation in
      loop.execute {
        let second = LoopBound(loop.makeTickHandler { wasSecondCalled.withLock { $0 = true } }, to: loop)
        let first = loop.makeTickHandler {
          second.value.cancel()
          second.value.cancel()
          second.value.request()
          loop.execute { continuation.resume() }
        }
        first.request()
        second.value.request()
      }
    }
    #expect(wasSecondCalled.withLock { !$0 })
    loop.shutDown()
  }
}
