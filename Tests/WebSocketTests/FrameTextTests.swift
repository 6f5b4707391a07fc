import Testing
import WebSocket

@Suite struct FrameTextTests {
  /// Autobahn 6.4: the failure is seen with the byte that makes the text invalid, not at its end.
  @Test func invalidTextFailsWithItsFirstWrongByte() {
    let good = Array("κόσμε".utf8)
    let bad: [UInt8] = [0xF4, 0x90, 0x80, 0x80]
    let frame = RawFrame.masked(0x1, good + bad + Array("edited".utf8)).bytes
    let run = ParserRun()
    run.take(frame, cutEvery: 1)
    #expect(run.received == [.failure(.invalidUTF8)])
    #expect(run.bytesToEnd == 6 + good.count + 2)

    let fragments: [RawFrame] = [
      .masked(0x1, good, isFinal: false), .masked(0x0, bad, isFinal: false), .masked(0x0, "edited"),
    ]
    #expect(parsed(fragments.bytes) == [.failure(.invalidUTF8)])
    let early = ParserRun()
    early.take(fragments[0].bytes + fragments[1].bytes[..<8], cutEvery: 1)
    #expect(early.received == [.failure(.invalidUTF8)])
  }

  /// Autobahn 6.2 and 6.3: a character may be cut by fragments.
  @Test func charactersMayBeCutByFragments() {
    let text = Array("Hello-µ@ßöäüàá-😀-UTF-8!!".utf8)
    for cut in 0...text.count {
      let frames: [RawFrame] = [
        .masked(0x1, Array(text[..<cut]), isFinal: false), .masked(0x9, [0xFF, 0x80]),
        .masked(0x0, Array(text[cut...])),
      ]
      #expect(parsed(frames.bytes) == [.ping([0xFF, 0x80]), .message(.text, text)], "cut at \(cut)")
    }
    let single = text.enumerated().map { index, byte in
      RawFrame.masked(index == 0 ? 0x1 : 0x0, [byte], isFinal: index == text.count - 1)
    }
    #expect(parsed(single.bytes) == [.message(.text, text)])
  }

  @Test func textMayNotEndInACharacter() {
    for tail: [UInt8] in [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98]] {
      #expect(parsed(RawFrame.masked(0x1, tail).bytes) == [.failure(.invalidUTF8)])
      let open = RawFrame.masked(0x1, tail, isFinal: false)
      #expect(parsed(open.bytes).isEmpty)
      #expect(parsed([open, .masked(0x0, "")].bytes) == [.failure(.invalidUTF8)])
      #expect(parsed([open, .masked(0x0, "a")].bytes) == [.failure(.invalidUTF8)])
    }
  }

  @Test func eachMessageBeginsAnew() {
    let frames: [RawFrame] = [.masked(0x1, "é"), .masked(0x2, [0xC3]), .masked(0x1, "é")]
    #expect(parsed(frames.bytes) == [.text("é"), .message(.binary, [0xC3]), .text("é")])
  }

  @Test func binaryMessagesAreNotText() {
    let bytes: [UInt8] = [0xFF, 0xFE, 0xC0, 0x80]
    #expect(parsed(RawFrame.masked(0x2, bytes).bytes) == [.message(.binary, bytes)])
  }
}
