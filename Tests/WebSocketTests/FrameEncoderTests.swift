import Testing

@testable import WebSocket

@Suite struct FrameEncoderTests {
  private static let lengths = [0, 1, 7, 8, 9, 124, 125, 126, 127, 1000, 65535, 65536, 70000]

  private func frame(
    _ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true, role: WebSocketRole = .server
  ) -> [UInt8] {
    var buffer: [UInt8] = []
    payload.withUnsafeBytes {
      FrameEncoder(role: role).append(opcode, isFinal: isFinal, $0, to: &buffer)
    }
    return buffer
  }

  /// RFC 6455 section 5.7.
  @Test func examplesOfTheStandard() {
    let hello = Array("Hello".utf8)
    #expect(frame(.text, hello) == [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
    #expect(frame(.text, Array("Hel".utf8), isFinal: false) == [0x01, 0x03, 0x48, 0x65, 0x6c])
    #expect(frame(.continuation, Array("lo".utf8)) == [0x80, 0x02, 0x6c, 0x6f])
    #expect(frame(.ping, hello) == [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
    #expect(frame(.binary, [UInt8](repeating: 1, count: 256)).prefix(4) == [0x82, 0x7E, 0x01, 0x00])
    #expect(
      frame(.binary, [UInt8](repeating: 1, count: 65536)).prefix(10)
        == [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])
  }

  @Test(arguments: lengths) func serverFramesAreAsWrittenByHand(length: Int) {
    let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
    #expect(frame(.binary, payload) == RawFrame(opcode: 0x2, payload: payload).bytes)
  }

  @Test(arguments: lengths) func clientFramesAreMasked(length: Int) {
    let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
    let bytes = frame(.binary, payload, role: .client)
    let maskStart = length <= 125 ? 2 : length <= 65535 ? 4 : 10
    let mask = Array(bytes[maskStart..<(maskStart + 4)])
    #expect(bytes == RawFrame(opcode: 0x2, mask: mask, payload: payload).bytes)
    #expect(parsed(bytes) == [.message(.binary, payload)])
  }

  @Test("Each frame has a mask of its own") func masksDiffer() {
    let masks = Set((0..<50).map { _ in Array(frame(.ping, [], role: .client)[2...]) })
    #expect(masks.count > 40)
  }

  /// The frame that a closure writes is the one of the same payload, whatever its header's length, behind what is
  /// in the buffer already.
  @Test(arguments: lengths, [WebSocketRole.server, .client])
  func writtenPayloadsAreTheSame(length: Int, role: WebSocketRole) {
    let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let encoder = FrameEncoder(role: role)
    var copied: [UInt8] = [1, 2, 3]
    var written: [UInt8] = [1, 2, 3]
    var random = SeededGenerator(seed: 5)
    payload.withUnsafeBytes { encoder.append(.text, $0, to: &copied, using: &random) }
    random = SeededGenerator(seed: 5)
    encoder.append(.text, to: &written, using: &random) { buffer in
      for byte in payload { buffer.append(byte) }
    }
    #expect(written == copied)
  }

  @Test func aWriterThatThrowsLeavesNothing() {
    struct Problem: Error {}
    var buffer: [UInt8] = [1, 2, 3]
    #expect(throws: Problem.self) {
      try FrameEncoder(role: .client).append(.text, to: &buffer) { payload throws(Problem) in
        payload.append(9)
        throw Problem()
      }
    }
    #expect(buffer == [1, 2, 3])
  }

  @Test func masksApplyInPieces() {
    var random = SeededGenerator(seed: 3)
    let payload = random.bytes(100)
    let key: [UInt8] = [0xA1, 0xB2, 0xC3, 0xD4]
    let masked = payload.enumerated().map { $1 ^ key[$0 % 4] }
    for cut in 0...100 {
      var mask = FrameMask(key: 0xD4C3_B2A1)
      var bytes = masked
      bytes.withUnsafeMutableBytes {
        mask.apply(to: UnsafeMutableRawBufferPointer(rebasing: $0[..<cut]))
        mask.apply(to: UnsafeMutableRawBufferPointer(rebasing: $0[cut...]))
      }
      #expect(bytes == payload, "cut at \(cut)")
    }
  }
}
