import Testing

@testable import WebSocket

@Suite struct EngineSendingTests {
  private static let smallMarks = {
    var limits = WebSocketLimits()
    (limits.send.low, limits.send.high, limits.send.bound) = (100, 200, 400)
    return limits
  }()

  @Test(arguments: [WebSocketRole.server, .client]) func messagesAreGathered(role: WebSocketRole) {
    let run = EngineRun(role)
    #expect(!run.hasPending)
    #expect(run.send("a") == .queued)
    #expect(run.send(3) == .queued)
    #expect(run.send(writing: Array("written".utf8)) == .queued)
    #expect(run.hasPending)
    #expect(run.pendingBytes == (role == .server ? 17 : 29))
    #expect(run.written() == [.text("a"), .message(.binary, [1, 1, 1]), .text("written")])
    #expect(!run.hasPending)
  }

  @Test func theSocketMayTakeAPart() {
    let run = EngineRun()
    #expect(run.send("first") == .queued)
    #expect(run.send("second") == .queued)
    var bytes: [UInt8] = []
    while run.hasPending { bytes += run.write(atMost: 3) }
    #expect(parsed(bytes, role: .client) == [.text("first"), .text("second")])
  }

  @Test func outcomesFollowTheMarks() {
    let run = EngineRun(limits: Self.smallMarks)
    #expect(run.send(150) == .queued)
    #expect(run.send(100) == .congested)
    #expect(run.isCongested)
    #expect(run.send(100) == .congested)
    #expect(run.send(100) == .overflow)
    #expect(run.send(writing: [UInt8](repeating: 1, count: 100)) == .overflow)
    #expect(run.pendingBytes == 358)
    #expect(!run.consume(100))
    #expect(run.consume(200))
    #expect(run.send(1) == .queued)
  }

  @Test func pingsAreAnsweredInOrder() {
    let run = EngineRun()
    for index in 0..<10 { run.take(RawFrame.masked(0x9, [UInt8(index)]).bytes) }
    #expect(run.written() == (0..<10).map { .pong([$0]) })
  }

  /// A peer that sends pings and reads nothing: one pong waits, the last.
  @Test func aFloodOfPingsIsBounded() {
    let run = EngineRun(limits: Self.smallMarks)
    for index in 0..<1000 {
      run.take(RawFrame.masked(0x9, [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 125)).bytes)
    }
    #expect(run.pendingBytes <= 100 + 127)
    #expect(run.heldBytes < 1000)
    let first = run.written()
    #expect(first.count == 1)
    #expect(run.written() == [.pong([UInt8](repeating: UInt8(truncatingIfNeeded: 999), count: 125))])
    #expect(run.written().isEmpty)
  }

  @Test func aPongWaitsForTheReader() {
    let run = EngineRun(limits: Self.smallMarks)
    #expect(run.send(150) == .queued)
    run.take(RawFrame.masked(0x9, "?").bytes)
    #expect(run.pendingBytes == 154)
    run.consume(50)
    #expect(run.pendingBytes == 104)
    run.consume(4)
    #expect(run.pendingBytes == 103)
    #expect(run.write().suffix(3) == [0x8A, 1, 0x3F])
  }

  @Test func aSlowReaderIsDroppedWithoutItsQueue() {
    let run = EngineRun(limits: Self.smallMarks)
    #expect(run.send(100) == .queued)
    let begun = run.write(atMost: 10)
    for _ in 0..<2 { #expect(run.send(120) != .overflow) }
    #expect(run.send(120) == .overflow)
    run.engine.drop(.policyViolation, reason: "too slow", at: run.now)
    let bytes = begun + run.write()
    #expect(
      parsed(bytes, role: .client) == [
        .message(.binary, [UInt8](repeating: 1, count: 100)), .close(1008, Array("too slow".utf8)),
      ])
    #expect(run.phase == .closing)
    #expect(run.send("more") == .closed)
  }

  @Test func theCloseFrameFitsIntoAFullQueue() {
    let run = EngineRun(limits: Self.smallMarks)
    while run.send(30) != .overflow {}
    run.engine.close(.tryAgainLater, reason: "full", at: run.now)
    #expect(run.written().last == .close(1013, Array("full".utf8)))
  }
}
