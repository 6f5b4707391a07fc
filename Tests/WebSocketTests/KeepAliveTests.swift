import System
import Testing
import WebSocket

@Suite struct KeepAliveTests {
  @Test func aPingEveryTwentySeconds() {
    let run = EngineRun()
    #expect(run.deadline == run.now + .seconds(20))
    #expect(run.tick(after: .seconds(19)) == .nothing)
    #expect(run.written().isEmpty)
    for _ in 0..<10 {
      #expect(run.tick(after: .seconds(20)) == .write)
      #expect(run.deadline == run.now + .seconds(20))
      #expect(run.written() == [.ping([])])
      run.take(RawFrame.masked(0xA).bytes)
      #expect(run.received.last == .pong([]))
    }
  }

  @Test func twoUnansweredPingsAreTheEnd() {
    let run = EngineRun()
    #expect(run.tick(after: .seconds(20)) == .write)
    #expect(run.tick(after: .seconds(20)) == .write)
    #expect(run.tick(after: .seconds(19)) == .nothing)
    #expect(run.phase == .open)
    #expect(run.tick(after: .seconds(1)) == .disconnect)
    #expect(run.phase == .closed)
    #expect(run.isFinished)
    run.take(RawFrame.masked(0x1, "late").bytes)
    #expect(run.received.isEmpty)
    #expect(run.send("late") == .closed)
  }

  /// Also any byte of a message: within a long one the peer cannot send a pong.
  @Test func anyByteIsASignOfLife() {
    let run = EngineRun()
    let bytes = RawFrame.masked(0x1, "Hello").bytes
    for byte in bytes {
      #expect(run.tick(after: .seconds(20)) == .write)
      #expect(run.tick(after: .seconds(20)) == .write)
      run.take([byte])
    }
    #expect(run.received == [.text("Hello")])
    #expect(run.tick(after: .seconds(20)) == .write)
  }

  /// A message that never becomes whole would hold its memory for ever: ten minutes are enough for any. Signs of life
  /// come meanwhile, as further bytes or between the fragments.
  @Test(arguments: [true, false])
  func aMessageThatComesTooSlowlyIsTheEnd(inFragments: Bool) {
    let run = EngineRun()
    let text = RawFrame.masked(0x1, [UInt8](repeating: 0x61, count: 100), isFinal: !inFragments).bytes
    run.take(RawFrame.masked(0x1, "one").bytes + (inFragments ? text[...] : text.prefix(10)))
    for number in 10..<40 {
      #expect(run.tick(after: .seconds(20)) == .write)
      #expect(run.written() == [.ping([])])
      if inFragments { run.take(RawFrame.masked(0xA).bytes) } else { run.take([text[number]]) }
    }
    #expect(run.tick(after: .seconds(20)) == .write)
    #expect(run.written() == [.close(1008, Array("a message came too slowly".utf8))])
    #expect(run.phase == .closing)
    #expect(run.tick(after: .seconds(10)) == .disconnect)
  }

  /// Many that follow each other are not one: each begins as the one before ends.
  @Test func messagesOneBehindTheOther() {
    let run = EngineRun()
    let bytes = RawFrame.masked(0x1, "Hello").bytes
    run.take(bytes.dropLast(1))
    for _ in 0..<100 {
      #expect(run.tick(after: .seconds(20)) == .write)
      run.take([bytes[bytes.count - 1]] + bytes.dropLast(1))
    }
    #expect(run.phase == .open && run.received.count == 100)
  }

  @Test("Keep-alive works with other times as well") func otherNumbers() {
    var limits = WebSocketLimits()
    limits.pingInterval = .milliseconds(100)
    limits.unansweredPings = 1
    let run = EngineRun(.client, limits: limits)
    #expect(run.tick(after: .milliseconds(99)) == .nothing)
    #expect(run.tick(after: .milliseconds(1)) == .write)
    #expect(run.tick(after: .milliseconds(100)) == .disconnect)
  }

  @Test func aCloseFrameWithoutAnAnswerTimesOut() {
    let run = EngineRun()
    #expect(run.tick(after: .seconds(15)) == .nothing)
    run.engine.close(.goingAway, at: run.now)
    #expect(run.deadline == run.now + .seconds(10))
    #expect(run.tick(after: .seconds(9)) == .nothing)
    // Life is not an answer.
    run.take(RawFrame.masked(0x1, "still here").bytes)
    #expect(run.tick(after: .seconds(1)) == .disconnect)
    #expect(run.isFinished)
  }

  @Test func aPeerThatDoesNotReadTheEndTimesOut() {
    let run = EngineRun()
    run.take(RawFrame.masked(close: 1000).bytes)
    #expect(!run.isFinished)
    #expect(run.tick(after: .seconds(10)) == .disconnect)
    #expect(run.isFinished)
  }
}
