import Dispatch
import EventLoop
import Sessions
import Testing

@Suite struct SubscriptionTests {
  @Test func wakesOnItsOwnLoopComeAtOnce() async throws {
    let loop = try EventLoop(name: "own")
    defer { loop.shutDown() }
    let log = EventLog()
    let listener = Listener(loop: loop)
    await loop.run {
      listener.subscribeHere(to: log)
      #expect(listener.current.wakes == 0)
      log.append("a")
      #expect(listener.current.text == "a")
      log.append("b")
      #expect(listener.current.text == "ab")
      #expect(log.end(.cancelled))
      #expect(listener.hasEnded)
    }
    #expect(listener.current.wakes == 3)
    #expect(listener.current.numbers == [1, 2, 3, 4])
  }

  @Test func wakesOfABusyLoopAreOne() async throws {
    let loop = try EventLoop(name: "busy")
    defer { loop.shutDown() }
    let log = EventLog()
    let listener = Listener(loop: loop)
    await listener.subscribe(to: log)
    let isHeld = DispatchSemaphore(value: 0)
    let release = DispatchSemaphore(value: 0)
    loop.execute {
      isHeld.signal()
      release.wait()
    }
    await Task.detached { Self.wait(isHeld) }.value
    for _ in 0..<10_000 { log.append("x") }
    release.signal()
    await eventually("all read") { listener.current.numbers.count == 10_000 }
    #expect(listener.current.wakes == 1)
  }

  private static func wait(_ semaphore: DispatchSemaphore) {
    semaphore.wait()
  }

  @Test func whoDoesNotReadIsWokenOnce() async throws {
    let loop = try EventLoop(name: "slow")
    defer { loop.shutDown() }
    let log = EventLog()
    let listener = Listener(loop: loop, isReading: false, maximumBytes: 2)
    await listener.subscribe(to: log)
    // Until the first read it needs no wake.
    log.append("a")
    await loop.run {}
    #expect(listener.current.wakes == 0)
    #expect(await listener.read() == .caughtUp)
    for _ in 0..<5 { log.append("b") }
    await loop.run {}
    #expect(listener.current.wakes == 1)
    // A read that stops for lack of room does not ask for a wake; the one that comes to the end does.
    #expect(await listener.read() == .more)
    log.append("c")
    await loop.run {}
    #expect(listener.current.wakes == 1)
    #expect(await listener.read() == .more)
    #expect(await listener.read() == .caughtUp)
    #expect(listener.current.text == "abbbbbc")
    log.append("d")
    await loop.run {}
    #expect(listener.current.wakes == 2)
  }

  @Test func afterACancelNoWakeComes() async throws {
    let loop = try EventLoop(name: "cancel")
    defer { loop.shutDown() }
    let log = EventLog()
    let listener = Listener(loop: loop)
    await listener.subscribe(to: log)
    #expect(log.subscriberCount == 1)
    await listener.cancel()
    #expect(log.subscriberCount == 0)
    log.append("a")
    await loop.run {}
    #expect(listener.current.wakes == 0)
    await listener.cancel()
    #expect(log.subscriberCount == 0)
  }

  @Test func aWakeUnderWayIsCalledOff() async throws {
    let loop = try EventLoop(name: "under-way")
    let other = try EventLoop(name: "other")
    defer {
      loop.shutDown()
      other.shutDown()
    }
    let log = EventLog()
    let listener = Listener(loop: loop)
    await loop.run {
      listener.subscribeHere(to: log)
      let isAppended = DispatchSemaphore(value: 0)
      other.execute {
        log.append("a")
        isAppended.signal()
      }
      isAppended.wait()
      // The wake lies in this loop's mailbox now.
      listener.cancelHere()
    }
    await loop.run {}
    #expect(listener.current.wakes == 0)
  }

  @Test func droppingASubscriptionEndsIt() async throws {
    let loop = try EventLoop(name: "drop")
    defer { loop.shutDown() }
    let log = EventLog()
    let listener = Listener(loop: loop)
    await listener.subscribe(to: log)
    #expect(log.subscriberCount == 1)
    await listener.drop()
    #expect(log.subscriberCount == 0)
  }

  @Test func everyListenerOnEveryLoopGetsEverythingOnceAndInOrder() async throws {
    let loops = try (0..<4).map { try EventLoop(name: "loop-\($0)") }
    defer { for loop in loops { loop.shutDown() } }
    let logs = (0..<12).map { _ in EventLog() }
    let texts = (0..<400).map { "\($0)é;" }
    var listeners: [(listener: Listener, log: Int, after: Int)] = []
    for index in 0..<96 {
      let after = index % 3 == 0 ? 0 : (index * 37) % 300
      let listener = Listener(loop: loops[index % 4], maximumBytes: 1 + (index * 13) % 100)
      listeners.append((listener, index % logs.count, after))
    }
    await withTaskGroup(of: Void.self) { group in
      for (index, log) in logs.enumerated() {
        group.addTask { await Self.produce(texts, into: log, on: loops[(index + 1) % 4]) }
      }
      for (listener, log, after) in listeners {
        group.addTask {
          // One that resumes has seen the events before.
          await eventually("event \(after)") { logs[log].lastNumber >= after }
          await listener.subscribe(to: logs[log], after: after)
        }
      }
    }
    for (listener, _, after) in listeners {
      await eventually("the end") { listener.hasEnded }
      let record = listener.current
      #expect(record.numbers == Array((after + 1)...(texts.count + 2)))
      #expect(record.text == texts[after...].joined())
      #expect(record.dones == 1 && record.ends.count == 1)
    }
  }

  /// Appends from a loop, some texts a turn.
  private static func produce(_ texts: [String], into log: EventLog, on loop: EventLoop) async {
    var next = 0
    while next < texts.count {
      let batch = texts[next..<min(next + 1 + next % 7, texts.count)]
      await loop.run { for text in batch { log.append(text) } }
      next += batch.count
    }
    await loop.run { _ = log.end(.cancelled) }
  }

  @Test func listenersThatComeAndGoMissNothing() async throws {
    let loops = try (0..<3).map { try EventLoop(name: "roam-\($0)") }
    defer { for loop in loops { loop.shutDown() } }
    let log = EventLog()
    let texts = (0..<600).map { "<\($0)>" }
    async let producing: Void = Self.produce(texts, into: log, on: loops[0])
    await withTaskGroup(of: (String, [Int]).self) { group in
      for start in 0..<6 {
        group.addTask {
          var text = ""
          var numbers: [Int] = []
          var hop = start
          while true {
            // Each time on another loop, from the last number seen.
            let listener = Listener(loop: loops[hop % 3])
            hop += 1
            await listener.subscribe(to: log, after: numbers.last ?? 0)
            await eventually("something new") { !listener.current.numbers.isEmpty }
            await listener.cancel()
            let record = listener.current
            text += record.text
            numbers += record.numbers
            if !record.ends.isEmpty { return (text, numbers) }
          }
        }
      }
      for await (text, numbers) in group {
        #expect(text == texts.joined())
        #expect(numbers == Array(1...(texts.count + 2)))
      }
    }
    await producing
    #expect(log.subscriberCount == 0)
  }
}
