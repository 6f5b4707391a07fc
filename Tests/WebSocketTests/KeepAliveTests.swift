import EventLoop
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

  @Test func otherNumbers() {
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
