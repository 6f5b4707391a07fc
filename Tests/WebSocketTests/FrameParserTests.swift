import Testing
import WebSocket

@Suite struct FrameParserTests {
  /// RFC 6455 section 5.7.
  @Test func examplesOfTheStandard() {
    let hello = Array("Hello".utf8)
    #expect(parsed([0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], role: .client) == [.text("Hello")])
    #expect(
      parsed([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]) == [.text("Hello")])
    #expect(
      parsed([0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f], role: .client) == [.text("Hello")])
    #expect(parsed([0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], role: .client) == [.ping(hello)])
    #expect(
      parsed([0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]) == [.pong(hello)])
    let data = [UInt8](repeating: 0x5A, count: 256)
    #expect(parsed([0x82, 0x7E, 0x01, 0x00] + data, role: .client) == [.message(.binary, data)])
    let more = [UInt8](repeating: 0xA5, count: 65536)
    #expect(
      parsed([0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + more, role: .client) == [.message(.binary, more)])
  }

  @Test func aWholeMessageIsOnePieceFromTheInput() throws {
    var bytes = RawFrame.masked(0x1, "Grüße").bytes
    var parser = FrameParser(role: .server, frameBytes: 100, messageBytes: 100)
    try bytes.withUnsafeMutableBytes { buffer in
      var input = buffer
      guard case .data(.text, let piece, isFirst: true, isLast: true)? = try parser.next(from: &input) else {
        Issue.record("not one whole piece")
        return
      }
      #expect(piece.baseAddress == UnsafeRawPointer(buffer.baseAddress! + 6))
      #expect(String(decoding: piece, as: UTF8.self) == "Grüße")
      #expect(input.isEmpty)
    }
  }

  /// Fragments with control frames between them, all lengths of lengths, and a close frame, cut at every byte into
  /// two and into pieces of every size.
  @Test func cutsDoNotMatter() {
    let long = [UInt8](repeating: 0xC3, count: 300)
    let frames: [RawFrame] = [
      .masked(0x1, "", isFinal: true),
      .masked(0x1, "Gr\u{FC}", isFinal: false), .masked(0x9, "ping"), .masked(0x0, "", isFinal: false),
      .masked(0xA, ""), .masked(0x0, "\u{1F600}e"),
      .masked(0x2, long), .masked(0x9, [UInt8](repeating: 7, count: 125)),
      .masked(close: 4000, Array("bye".utf8)), .masked(0x1, "after the end"),
    ]
    let expected: [Received] = [
      .text(""), .ping(Array("ping".utf8)), .pong([]), .text("Gr\u{FC}\u{1F600}e"), .message(.binary, long),
      .ping([UInt8](repeating: 7, count: 125)), .close(4000, Array("bye".utf8)),
    ]
    let bytes = frames.bytes
    for cut in 0...bytes.count {
      let run = ParserRun()
      run.take(bytes[..<cut])
      run.take(bytes[cut...])
      #expect(run.received == expected, "cut at \(cut)")
    }
    for length in 1...20 {
      #expect(parsed(bytes, cutEvery: length) == expected, "cut every \(length)")
    }
  }

  @Test func fragmentsAreGivenAsTheyCome() {
    let run = ParserRun()
    run.take(RawFrame.masked(0x1, "Hel", isFinal: false).bytes)
    #expect(run.partial == Array("Hel".utf8))
    #expect(run.received.isEmpty)
    #expect(!run.isIdle)
    run.take(RawFrame.masked(0x0, "lo").bytes)
    #expect(run.received == [.text("Hello")])
    #expect(run.pieces == 2)
    #expect(run.isIdle)
  }

  /// Every first byte that there is: FIN, RSV, and opcode.
  @Test func everyFirstByte() {
    for first in UInt8.min ... .max {
      let isFinal = first & 0x80 != 0
      let reserved = first >> 4 & 0x7
      let opcode = first & 0xF
      let frame = RawFrame(
        isFinal: isFinal, reserved: reserved, opcode: opcode, mask: [1, 2, 3, 4], payload: [])
      let run = ParserRun()
      run.take(frame.bytes, cutEvery: 1)
      let expected: [Received]
      switch (reserved, opcode, isFinal) {
      case (1..., _, _): expected = [.failure(.reservedBits)]
      case (_, 0x3...0x7, _), (_, 0xB...0xF, _): expected = [.failure(.unknownOpcode)]
      case (_, 0x8..., false): expected = [.failure(.fragmentedControlFrame)]
      case (_, 0x0, _): expected = [.failure(.continuationOfNothing)]
      case (_, 0x1...0x2, false): expected = []
      case (_, 0x1, _): expected = [.text("")]
      case (_, 0x2, _): expected = [.message(.binary, [])]
      case (_, 0x8, _): expected = [.close(nil, [])]
      case (_, 0x9, _): expected = [.ping([])]
      default: expected = [.pong([])]
      }
      #expect(run.received == expected, "first byte \(first)")
      switch expected.first {
      case .failure(.continuationOfNothing)?: #expect(run.bytesToEnd == 6)
      case .failure?: #expect(run.bytesToEnd == 1, "first byte \(first)")
      default: break
      }
    }
  }

  @Test func masksAreEnforcedByTheSecondByte() {
    let unmasked = RawFrame(opcode: 0x1, payload: Array("Hello".utf8)).bytes
    #expect(parsed(unmasked) == [.failure(.maskMissing)])
    #expect(parsed(Array(unmasked[..<2])) == [.failure(.maskMissing)])
    let masked = RawFrame.masked(0x1, "Hello").bytes
    #expect(parsed(masked, role: .client) == [.failure(.maskUnexpected)])
    #expect(parsed(Array(masked[..<2]), role: .client) == [.failure(.maskUnexpected)])
    #expect(parsed(RawFrame(opcode: 0x9).bytes) == [.failure(.maskMissing)])
  }

  @Test func controlFramesAreShort() {
    for opcode: UInt8 in [0x8, 0x9, 0xA] {
      for form in [RawFrame.LengthForm.bits16, .bits64] {
        let frame = RawFrame(opcode: opcode, mask: [0, 0, 0, 0], payload: [3, 232], lengthForm: form)
        #expect(parsed(Array(frame.bytes[..<2])) == [.failure(.longControlFrame)])
      }
    }
    let longest = RawFrame.masked(0x9, [UInt8](repeating: 1, count: 125))
    #expect(parsed(longest.bytes) == [.ping(longest.payload)])
    #expect(
      parsed(RawFrame.masked(0x9, [UInt8](repeating: 1, count: 126)).bytes) == [.failure(.longControlFrame)])
  }

  @Test func fragmentsStandInOrder() {
    let text = RawFrame.masked(0x1, "a", isFinal: false)
    for opcode: UInt8 in [0x1, 0x2] {
      for isFinal in [true, false] {
        let second = RawFrame.masked(opcode, "b", isFinal: isFinal)
        #expect(parsed([text, second].bytes) == [.failure(.messageInsideMessage)])
      }
    }
    for isFinal in [true, false] {
      let alone = RawFrame.masked(0x0, "b", isFinal: isFinal)
      #expect(parsed(alone.bytes) == [.failure(.continuationOfNothing)])
      let whole = RawFrame.masked(0x1, "a")
      #expect(parsed([whole, alone].bytes) == [.text("a"), .failure(.continuationOfNothing)])
    }
  }

  @Test func aCloseFrameMayStandInAMessage() {
    let frames: [RawFrame] = [.masked(0x1, "a", isFinal: false), .masked(close: 1001), .masked(0x0, "b")]
    #expect(parsed(frames.bytes) == [.close(1001, [])])
  }

  @Test func nothingIsReadAfterAFailure() {
    let frames: [RawFrame] = [RawFrame(reserved: 1, opcode: 1), .masked(0x1, "a"), .masked(close: 1000)]
    for length in [1, 3, 100] {
      #expect(parsed(frames.bytes, cutEvery: length) == [.failure(.reservedBits)])
    }
  }
}
