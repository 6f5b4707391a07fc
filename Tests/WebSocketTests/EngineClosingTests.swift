import Testing

@testable import WebSocket

@Suite struct EngineClosingTests {
  @Test(arguments: [1000, 1001, 1011, 3000, 4999] as [UInt16]) func thePeersCodeIsSentBack(code: UInt16) {
    let run = EngineRun()
    run.take(RawFrame.masked(close: code, Array("bye".utf8)).bytes)
    #expect(
      run.closures == [WebSocketClosure(cause: .peer, code: CloseCode(rawValue: code), reason: "bye")])
    #expect(run.phase == .closed)
    #expect(!run.isFinished)
    #expect(run.written() == [.close(code, [])])
    #expect(run.isFinished)
  }

  @Test func aCloseFrameWithoutACodeIsAnsweredWithOne() {
    let run = EngineRun()
    run.take(RawFrame.masked(0x8).bytes)
    #expect(run.closures == [WebSocketClosure(cause: .peer, code: nil, reason: "")])
    #expect(run.write() == [0x88, 0x00])
  }

  @Test func weBeginAndThePeerAnswers() {
    let run = EngineRun()
    run.engine.close(.goingAway, reason: "restart", at: run.now)
    #expect(run.phase == .closing)
    #expect(run.written() == [.close(1001, Array("restart".utf8))])
    #expect(!run.isFinished)
    run.take(RawFrame.masked(close: 1001).bytes)
    #expect(run.closures == [WebSocketClosure(cause: .answered, code: .goingAway, reason: "")])
    #expect(run.isFinished)
    #expect(run.write().isEmpty)
  }

  @Test func bothBeginAtOnce() {
    let server = EngineRun(.server)
    let client = EngineRun(.client)
    server.engine.close(.goingAway, at: server.now)
    client.engine.close(.normal, at: client.now)
    let (fromServer, fromClient) = (server.write(), client.write())
    client.take(fromServer)
    server.take(fromClient)
    #expect(server.closures == [WebSocketClosure(cause: .answered, code: .normal, reason: "")])
    #expect(client.closures == [WebSocketClosure(cause: .answered, code: .goingAway, reason: "")])
    #expect(server.isFinished && client.isFinished)
  }

  @Test func whatWaitsIsSentBeforeTheCloseFrame() {
    let run = EngineRun()
    #expect(run.send("last words") == .queued)
    run.engine.close(.normal, at: run.now)
    #expect(run.written() == [.text("last words"), .close(1000, [])])
  }

  /// Autobahn 7.1: nothing is sent after a close frame, nor delivered.
  @Test func nothingGoesOnAfterTheClose() {
    let run = EngineRun()
    run.engine.close(.normal, at: run.now)
    _ = run.write()
    run.engine.close(.policyViolation, reason: "again", at: run.now)
    run.engine.drop(.policyViolation, reason: "again", at: run.now)
    #expect(run.send("more") == .closed)
    run.take(
      [RawFrame.masked(0x9, "ping"), .masked(0x1, "text"), .masked(0x1, "half", isFinal: false)].bytes)
    #expect(run.received.isEmpty)
    #expect(run.heldBytes <= SendQueue.keptBytes)
    #expect(run.write().isEmpty)

    let other = EngineRun()
    other.take(
      [RawFrame.masked(close: 1000), .masked(0x9, "ping"), .masked(0x1, "text"), .masked(close: 1000)].bytes)
    #expect(other.received == [.close(1000, [])])
    #expect(other.written() == [.close(1000, [])])
  }

  /// A second close frame would say nothing that helps.
  @Test func aFailureAfterOurCloseIsTheEnd() {
    let run = EngineRun()
    run.engine.close(.normal, at: run.now)
    _ = run.write()
    run.take(RawFrame(opcode: 3).bytes)
    #expect(run.received == [.failure(.unknownOpcode)])
    #expect(run.isFinished)
  }

  /// A message that was begun before our close frame ends after it, with the peer's close frame behind.
  @Test func aMessageInFlightIsThrownAway() {
    let run = EngineRun()
    run.take(RawFrame.masked(0x2, [UInt8](repeating: 1, count: 1000), isFinal: false).bytes)
    #expect(run.heldBytes >= 1000)
    run.engine.close(.normal, at: run.now)
    #expect(run.heldBytes <= SendQueue.keptBytes)
    run.take([RawFrame.masked(0x0, [1]), .masked(close: 1000)].bytes)
    #expect(run.received == [.close(1000, [])])
  }

  @Test func reasonsAreCutBetweenCharacters() {
    let cases = [
      (String(repeating: "a", count: 123), 123), (String(repeating: "a", count: 124), 123),
      (String(repeating: "é", count: 100), 122), (String(repeating: "😀", count: 100), 120),
      ("a" + String(repeating: "€", count: 100), 121),
    ]
    for (reason, length) in cases {
      let run = EngineRun()
      run.engine.close(.normal, reason: reason, at: run.now)
      #expect(run.written() == [.close(1000, Array(reason.utf8.prefix(length)))])
    }
  }

  @Test func disconnectingForgetsEverything() {
    let run = EngineRun()
    #expect(run.send(100_000) == .queued)
    run.take(RawFrame.masked(0x1, "half", isFinal: false).bytes)
    run.engine.disconnect()
    #expect(run.isFinished)
    #expect(run.heldBytes == 0)
    #expect(run.send("more") == .closed)
    run.take(RawFrame.masked(0x0, "rest").bytes)
    #expect(run.received.isEmpty)
  }
}
