import EventLoop
import Testing

@testable import Sessions

/// What a model thinks, in the log of its generation and in the history.
@Suite struct ThinkingTests {
  /// A log whose texts are of these kinds: `t` thinks, anything else is content.
  private func log(_ kinds: String, maximumBytes: Int = 1000) -> EventLog {
    let log = EventLog(maximumBytes: maximumBytes)
    for (number, kind) in kinds.enumerated() {
      log.append("\(kind)\(number)é ", as: kind == "t" ? .thinking : .content)
    }
    return log
  }

  private func texts(_ kinds: String, of kind: TextKind, after number: Int = 0) -> String {
    kinds.enumerated().dropFirst(number).filter { ($0.element == "t") == (kind == .thinking) }
      .map { "\($0.element)\($0.offset)é " }.joined()
  }

  @Test(arguments: ["a", "t", "tta", "ttaa", "at", "aatta", "tatatat", "ttttaaaatttta", "aaaatttt"])
  func everyResumeGetsEachTextAsWhatItIs(kinds: String) async throws {
    let loop = try EventLoop(name: "thinking")
    defer { loop.shutDown() }
    let log = log(kinds)
    #expect(log.end(.completed))
    #expect(log.fullText == texts(kinds, of: .content))
    #expect(log.thinkingText == texts(kinds, of: .thinking))
    #expect(log.textBytes == log.fullText.utf8.count)
    for maximumBytes in [1, 9, 1000] {
      for after in 0...(kinds.count + 2) {
        let listener = Listener(loop: loop, maximumBytes: maximumBytes)
        await listener.subscribe(to: log, after: after)
        await listener.cancel()
        let record = listener.current
        #expect(record.numbers == Array((after + 1)..<(kinds.count + 3)))
        #expect(record.text == texts(kinds, of: .content, after: after))
        #expect(record.thinking == texts(kinds, of: .thinking, after: after))
      }
    }
  }

  @Test(
    "A part of one kind's texts is that of all of them, however often the kind changes",
    arguments: ["", "a", "t", "at", "ta", "aatta", "tatatatatat", "ttttaaaatttta"])
  func partsOfTexts(kinds: String) {
    let log = log(kinds)
    for kind in [TextKind.content, .thinking] {
      let all = Array(texts(kinds, of: kind).utf8)
      for start in [0, 1, 5, all.count / 2, all.count, all.count + 1, .max] {
        for limit in [0, 1, 7, all.count, .max] {
          let part = log.withText(of: kind, from: start, atMost: limit) { Array($0) }
          #expect(part == Array(all.dropFirst(start).prefix(limit)), "\(kind) \(start) \(limit)")
        }
      }
    }
    for number in 0...(kinds.count + 1) {
      let content = Array(texts(String(kinds.prefix(number)), of: .content).utf8)
      #expect(log.content(through: number, atMost: content.count) == content, "\(number)")
      #expect(log.content(through: number, atMost: content.count - 1) == nil, "\(number)")
    }
  }

  /// Whoever is there gets them as they come.
  @Test func listenersGetItAsItComes() async throws {
    let loop = try EventLoop(name: "thinking")
    defer { loop.shutDown() }
    let log = EventLog()
    let listener = Listener(loop: loop)
    await listener.subscribe(to: log)
    log.append("hm", as: .thinking)
    log.append(" so", as: .thinking)
    await loop.run {}
    #expect(listener.current.thinking == "hm so" && listener.current.text.isEmpty)
    log.append("yes")
    await loop.run {}
    #expect(listener.current.thinking == "hm so" && listener.current.text == "yes")
    await listener.cancel()
  }

  @Test func bothHaveOneBound() {
    let log = EventLog(maximumBytes: 10)
    #expect(log.append("123456", as: .thinking) == .number(1))
    #expect(log.append("12345") == .full)
    #expect(log.append("1234") == .number(2))
    #expect(log.append("1", as: .thinking) == .full)
    #expect(log.textBytes == 4)
  }

  @Test func theHistoryKeepsItAndCountsIt() async throws {
    let registry = SessionRegistry()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "q", model: "m"))
    turn.generation.log.append("hm", as: .thinking)
    turn.generation.log.append("a")
    await registry.finishTurn(turn, .completed)
    let messages = try #require(await registry.history(of: id("s"), limit: 10)).messages
    #expect(messages.map(\.content) == ["q", "a"])
    #expect(messages.map(\.thinking) == [nil, "hm"])
    #expect(messages[1].textBytes == 3)
    #expect(await registry.bytesInUse == registry.currentCounts.bytes)
    try await registry.talk(id("s"), "again", text: "b")
    #expect(try #require(await registry.history(of: id("s"), limit: 10)).messages[3].thinking == nil)
  }

  /// Stopped before it said anything it has said nothing, however much it thought.
  @Test func thinkingAloneIsNoMessage() async throws {
    let registry = SessionRegistry()
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "q", model: "m"))
    turn.generation.log.append("hm", as: .thinking)
    await registry.finishTurn(turn, .cancelled)
    let messages = try #require(await registry.history(of: id("s"), limit: 10)).messages
    #expect(messages.count == 1 && messages[0].isFailed)
  }
}
