import EventLoop
import Sessions
import Testing

@Suite struct EventLogTests {
  let loop: EventLoop

  init() throws {
    loop = try EventLoop(name: "log-test")
  }

  /// What a late listener reads after `number`.
  func read(_ log: EventLog, after number: Int, maximumBytes: Int = 64 << 10) async -> Listener.Record {
    let listener = Listener(loop: loop, maximumBytes: maximumBytes)
    await listener.subscribe(to: log, after: number)
    await listener.cancel()
    return listener.current
  }

  static let completed = GenerationOutcome.completed(
    doneReason: "stop", usage: GenerationUsage(promptTokens: 1, completionTokens: 3))

  @Test(
    arguments: [
      (completed, 5, 1), (.cancelled, 5, 1), (.failed(code: "upstream", message: "m"), 4, 0), (nil, 3, 0),
    ] as [(GenerationOutcome?, Int, Int)])
  func everyResumeGetsTheRestAndNothingTwice(_ outcome: GenerationOutcome?, _ last: Int, _ dones: Int) async {
    defer { loop.shutDown() }
    let log = EventLog()
    let texts = ["Hé", "llo", "!"]
    for (index, text) in texts.enumerated() { #expect(log.append(text) == .number(index + 1)) }
    if let outcome { #expect(log.end(outcome)) }
    #expect(log.lastNumber == last)
    #expect(log.fullText == "Héllo!")
    for maximumBytes in [1, 3, 4, 100] {
      for after in -1...(last + 2) {
        let record = await read(log, after: after, maximumBytes: maximumBytes)
        let first = min(max(0, after), last) + 1
        #expect(record.numbers == Array(first..<(last + 1)))
        #expect(record.text == texts.dropFirst(first - 1).joined())
        #expect(record.dones == (first <= 4 ? dones : 0))
        #expect(record.ends == (outcome.map { first <= last ? [$0] : [] } ?? []))
      }
    }
  }

  @Test func theEndIsTheEnd() {
    defer { loop.shutDown() }
    let log = EventLog()
    log.append("a")
    #expect(!log.hasEnded)
    #expect(log.end(.cancelled))
    #expect(log.hasEnded && log.ending?.outcome == .cancelled)
    #expect(!log.end(Self.completed))
    #expect(log.append("b") == .ended)
    #expect(log.ending?.outcome == .cancelled)
    #expect(log.fullText == "a")
  }

  @Test func boundsItsBytesAndItsEvents() async {
    defer { loop.shutDown() }
    let log = EventLog(maximumBytes: 10, maximumEvents: 3)
    #expect(log.append("12345") == .number(1))
    #expect(log.append("123456") == .full)
    #expect(log.append("12345") == .number(2))
    #expect(log.append("1") == .full)
    #expect(log.append("") == .number(2))
    #expect(log.textBytes == 10)
    #expect(log.end(.failed(code: "too_long", message: "m")))
    #expect(await read(log, after: 0).numbers == [1, 2, 3])

    let small = EventLog(maximumBytes: 1000, maximumEvents: 2)
    #expect(small.append("a") == .number(1))
    #expect(small.append("b") == .number(2))
    #expect(small.append("c") == .full)
    #expect(small.fullText == "ab")
  }

  @Test func aReadAfterTheLastEventSaysThatItWasTheLast() async {
    defer { loop.shutDown() }
    let log = EventLog()
    log.append("a")
    let early = Listener(loop: loop, isReading: false)
    await early.subscribe(to: log)
    #expect(await early.read() == .caughtUp)
    #expect(await early.read() == .caughtUp)
    #expect(log.end(.cancelled))
    #expect(await early.read() == .ended)
    #expect(await early.read() == .ended)
    #expect(early.current.numbers == [1, 2, 3])
    let late = Listener(loop: loop, isReading: false)
    await late.subscribe(to: log, after: 3)
    #expect(await late.read() == .ended)
    #expect(late.current.numbers.isEmpty)
  }
}
