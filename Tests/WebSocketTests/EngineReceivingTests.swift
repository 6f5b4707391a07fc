import Testing

@testable import WebSocket

@Suite struct EngineReceivingTests {
  @Test func wholeMessagesAreLentFromTheInput() {
    let run = EngineRun()
    var bytes = [RawFrame.masked(0x1, "one"), .masked(0x2, [2])].bytes
    bytes.withUnsafeMutableBytes { buffer in
      var input = buffer
      guard case .message(.text, let first)? = run.engine.next(from: &input, at: run.now),
        case .message(.binary, let second)? = run.engine.next(from: &input, at: run.now)
      else {
        Issue.record("not two messages")
        return
      }
      #expect(first.baseAddress == UnsafeRawPointer(buffer.baseAddress! + 6))
      #expect(second.baseAddress == UnsafeRawPointer(buffer.baseAddress! + 15))
      #expect(run.heldBytes == 0)
      #expect(run.engine.next(from: &input, at: run.now) == nil)
      #expect(input.isEmpty)
    }
  }

  @Test func fragmentsArePutTogether() {
    let frames: [RawFrame] = [
      .masked(0x1, "Hel", isFinal: false), .masked(0x9, "?"), .masked(0x0, "", isFinal: false),
      .masked(0x0, "lo"), .masked(0x2, [1], isFinal: false), .masked(0x0, [2]),
    ]
    for length in 1...frames.bytes.count {
      let run = EngineRun()
      run.take(frames.bytes, cutEvery: length)
      #expect(
        run.received == [.ping([0x3F]), .text("Hello"), .message(.binary, [1, 2])], "cut every \(length)")
      #expect(run.written() == [.pong([0x3F])])
    }
  }

  /// A handler may send, close or cut the connection while it still looks at the message.
  @Test func lentMessagesOutliveTheEndOfTheConnection() {
    for isCut in [false, true] {
      let run = EngineRun()
      run.take(RawFrame.masked(0x1, "Hel", isFinal: false).bytes)
      var rest = RawFrame.masked(0x0, "lo").bytes
      rest.withUnsafeMutableBytes { buffer in
        var input = buffer
        guard case .message(.text, let payload)? = run.engine.next(from: &input, at: run.now) else {
          Issue.record("no message")
          return
        }
        let outcome = run.engine.send(.text, payload)
        #expect(outcome == .queued)
        if isCut { run.engine.disconnect() } else { run.engine.close(.normal, at: run.now) }
        #expect(String(decoding: payload, as: UTF8.self) == "Hello")
        while run.engine.next(from: &input, at: run.now) != nil {}
      }
      #expect(run.written() == (isCut ? [] : [.text("Hello"), .close(1000, [])]))
      #expect(run.heldBytes <= SendQueue.keptBytes)
    }
  }

  @Test func memoryIsHeldWhileAMessageIsHalfRead() {
    let run = EngineRun()
    let bytes = RawFrame.masked(0x2, [UInt8](repeating: 1, count: 100_000)).bytes
    run.take(bytes[..<50_000])
    #expect(run.heldBytes >= 49_000 && run.heldBytes <= 100_000)
    run.take(bytes[50_000...])
    #expect(run.received.count == 1)
    #expect(run.heldBytes == 0)
  }

  /// The announcement of a large frame is no reason to take memory.
  @Test func memoryFollowsWhatHasCome() {
    let run = EngineRun()
    run.take(RawFrame(opcode: 2, mask: [0, 0, 0, 0], announced: 1 << 20).header + [1])
    #expect(run.heldBytes <= 128)
  }

  @Test func memoryHasABound() {
    var limits = WebSocketLimits()
    limits.messageBytes = 1000
    let run = EngineRun(limits: limits)
    for index in 0..<1000 {
      run.take(RawFrame.masked(index == 0 ? 2 : 0, [1], isFinal: false).bytes)
      #expect(run.heldBytes <= 1000)
    }
    #expect(run.received.isEmpty)
    run.take(RawFrame.masked(0, [1]).bytes)
    #expect(run.received == [.failure(.messageTooLong)])
    _ = run.write()
    #expect(run.heldBytes <= SendQueue.keptBytes)
  }

  @Test func anIdleConnectionIsSmall() {
    let run = EngineRun()
    run.take(
      [RawFrame.masked(0x1, "a", isFinal: false), .masked(0x9, "b"), .masked(0x0, "c")].bytes, cutEvery: 1)
    #expect(run.send(300) == .queued)
    _ = run.write()
    #expect(run.send("a token") == .queued)
    _ = run.write()
    // With the 32 bytes that come before the elements of an array.
    #expect(MemoryLayout<WebSocketEngine>.size + run.heldBytes + 32 <= 512)
  }

  @Test func failuresTellThePeerWhy() {
    let cases: [(RawFrame, ProtocolError)] = [
      (RawFrame(opcode: 1), .maskMissing), (.masked(0x1, [0xFF]), .invalidUTF8),
      (RawFrame(opcode: 2, mask: [0, 0, 0, 0], announced: 1 << 20 + 1), .frameTooLong),
      (.masked(close: 1005), .invalidCloseCode),
    ]
    for (frame, failure) in cases {
      let run = EngineRun()
      run.take(frame.bytes + RawFrame.masked(0x1, "more").bytes)
      #expect(run.received == [.failure(failure)])
      #expect(
        run.closures == [
          WebSocketClosure(cause: .failure(failure), code: failure.code, reason: "\(failure.reason)")
        ])
      #expect(run.phase == .closed)
      #expect(!run.isFinished)
      #expect(run.written() == [.close(failure.code.rawValue, Array("\(failure.reason)".utf8))])
      #expect(run.isFinished)
    }
  }

  @Test func aClientReadsUnmaskedFrames() {
    let run = EngineRun(.client)
    run.take(RawFrame(opcode: 1, payload: Array("Hello".utf8)).bytes, cutEvery: 2)
    #expect(run.received == [.text("Hello")])
    run.take(RawFrame.masked(0x1, "Hello").bytes)
    #expect(run.received.last == .failure(.maskUnexpected))
  }
}
