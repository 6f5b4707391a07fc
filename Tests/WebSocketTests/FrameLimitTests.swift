import Testing
import WebSocket

@Suite struct FrameLimitTests {
  private func header(_ length: UInt64, _ form: RawFrame.LengthForm = .shortest, opcode: UInt8 = 2) -> [UInt8]
  {
    RawFrame(opcode: opcode, mask: [1, 2, 3, 4], lengthForm: form, announced: length).header
  }

  @Test func theHeaderAloneShowsTooMuch() {
    // The last four bytes are the mask: the length is known, and refused, before them.
    let header = header(1001)
    let run = ParserRun(frameBytes: 1000)
    run.take(header, cutEvery: 1)
    #expect(run.received == [.failure(.frameTooLong)])
    #expect(run.bytesToEnd == header.count - 4)
    #expect(parsed(self.header(1000), frameBytes: 1000).isEmpty)
  }

  @Test(arguments: [0, 1, 125, 126, 127, 1000, 65535, 65536, 65537]) func exactlyTheLimitIsTaken(limit: Int) {
    let payload = [UInt8](repeating: 9, count: limit)
    let frame = RawFrame.masked(0x2, payload)
    #expect(parsed(frame.bytes, frameBytes: limit) == [.message(.binary, payload)])
    #expect(parsed(frame.bytes, messageBytes: limit) == [.message(.binary, payload)])
    let longer = RawFrame.masked(0x2, payload + [9])
    #expect(parsed(longer.bytes, frameBytes: limit) == [.failure(.frameTooLong)])
    #expect(parsed(longer.bytes, messageBytes: limit) == [.failure(.messageTooLong)])
  }

  @Test func aMessageIsBoundedByItsBytes() {
    let fragment = RawFrame.masked(0x0, [UInt8](repeating: 1, count: 10), isFinal: false)
    let first = RawFrame.masked(0x2, [UInt8](repeating: 1, count: 10), isFinal: false)
    let end = RawFrame.masked(0x0, [])
    let fits = [first] + Array(repeating: fragment, count: 9) + [end]
    #expect(parsed(fits.bytes, messageBytes: 100) == [.message(.binary, [UInt8](repeating: 1, count: 100))])
    let over = [first] + Array(repeating: fragment, count: 9) + [.masked(0x0, [1])]
    let run = ParserRun(messageBytes: 100)
    run.take(over.bytes, cutEvery: 1)
    #expect(run.received == [.failure(.messageTooLong)])
    #expect(run.bytesToEnd == over.bytes.count - 1)
  }

  /// Each message has the whole limit; control frames do not count.
  @Test func theCountBeginsAnew() {
    let payload = [UInt8](repeating: 1, count: 100)
    let frames: [RawFrame] = [
      .masked(0x2, payload), .masked(0x9, payload), .masked(0x2, payload, isFinal: false),
      .masked(0x9, payload), .masked(0x0, []), .masked(0x2, payload),
    ]
    #expect(parsed(frames.bytes, messageBytes: 100).count == 5)
    #expect(parsed(RawFrame.masked(0x9, payload).bytes, frameBytes: 10) == [.ping(payload)])
  }

  /// Autobahn 9.3 and 9.4 send messages in a great many fragments.
  @Test func fragmentsAreNotCounted() {
    let run = ParserRun(messageBytes: 10)
    run.take(RawFrame.masked(0x1, "a", isFinal: false).bytes)
    for _ in 0..<10_000 { run.take(RawFrame.masked(0x0, "", isFinal: false).bytes) }
    run.take(RawFrame.masked(0x0, "b").bytes)
    #expect(run.received == [.text("ab")])
  }

  @Test func lengthsNeedNotBeShortest() {
    for form in [RawFrame.LengthForm.bits16, .bits64] {
      let frame = RawFrame(opcode: 1, mask: [5, 6, 7, 8], payload: Array("Hello".utf8), lengthForm: form)
      for length in [1, 100] { #expect(parsed(frame.bytes, cutEvery: length) == [.text("Hello")]) }
    }
  }

  @Test func lengthsOfTwoToThe63AreRefusedAtOnce() {
    for length: UInt64 in [1 << 63, .max] {
      let run = ParserRun(frameBytes: .max, messageBytes: .max)
      run.take(header(length, .bits64), cutEvery: 1)
      #expect(run.received == [.failure(.lengthOutOfRange)])
      #expect(run.bytesToEnd == 3)
    }
    let run = ParserRun(frameBytes: .max, messageBytes: .max)
    run.take(header(1 << 63 - 1, .bits64), cutEvery: 1)
    #expect(run.received.isEmpty)
  }

  /// Two fragments whose lengths together are more than an Int.
  @Test func sumsOfLengthsDoNotOverflow() {
    let run = ParserRun(frameBytes: .max, messageBytes: .max)
    run.take(RawFrame.masked(0x2, [1], isFinal: false).bytes)
    run.take(header(1 << 63 - 1, .bits64, opcode: 0))
    #expect(run.received == [.failure(.messageTooLong)])
  }
}
