import CZstd
import Testing

@testable import ContentCodings

@Suite struct ZstandardDecoderTests {
  /// Packs, with a window of 2^`window` bytes where it is told.
  static func pack(_ content: [UInt8], window: Int32? = nil, knowsLength: Bool = true) -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    if let window { ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window) }
    var packed = [UInt8](repeating: 0, count: ZSTD_compressBound(content.count) + 100)
    let count = content.withUnsafeBytes { source in
      packed.withUnsafeMutableBytes { target in
        var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        if !knowsLength { _ = ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue) }
        #expect(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end) == 0)
        return output.pos
      }
    }
    return Array(packed[..<count])
  }

  private func unpack(_ packed: [UInt8], piece: Int = 1000) throws -> [UInt8]? {
    let decoder = try ZstandardDecoder()
    var content: [UInt8] = []
    var position = 0
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
      let before = position
      let count = try packed.withUnsafeBytes { packed in
        try buffer.withUnsafeMutableBytes { try decoder.decode(packed, from: &position, to: $0) }
      }
      #expect(position - before <= ZstandardDecoder.largestInput)
      content += buffer[..<count]
      if position == packed.count && count < piece { return decoder.isComplete ? content : nil }
    }
  }

  @Test(arguments: [0, 1, 999, 1000, 1001, 300_000]) func unpacksWhatWasPacked(count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    for knowsLength in [true, false] {
      let packed = Self.pack(content, knowsLength: knowsLength)
      #expect(try unpack(packed) == content)
      #expect(try unpack(packed, piece: 1) == content)
      #expect(try unpack(packed, piece: 1 << 20) == content)
      #expect(try unpack(packed + packed) == content + content)
    }
  }

  @Test func whatIsCutOffIsNotWhole() throws {
    let packed = Self.pack(Array("some text, and some text".utf8))
    for count in 1..<packed.count { #expect(try unpack(Array(packed[..<count])) == nil) }
    #expect(try unpack([]) == [])
    // A frame that is skipped has a length as well (RFC 8878 section 3.1.2).
    let skipped: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    #expect(try unpack(skipped + packed + skipped) == Array("some text, and some text".utf8))
    #expect(try unpack(skipped.dropLast()) == nil)
  }

  @Test(arguments: ["x", "{\"model\":\"m\"}", "\u{1F}\u{8B}\u{8}", String(repeating: "y", count: 100_000)])
  func whatIsNoZstandard(_ text: String) {
    #expect(throws: ZstandardError.malformed) {
      if try unpack(Array(text.utf8)) == nil { throw ZstandardError.malformed }
    }
  }

  @Test func aBrokenFrame() throws {
    let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    var packed = Self.pack(content)
    for index in stride(from: 0, to: packed.count, by: 37) {
      packed[index] ^= 0xFF
      // It is refused, or is other content: what matters is that it comes to an end.
      _ = try? unpack(packed, piece: 1 << 16)
      packed[index] ^= 0xFF
    }
    #expect(try unpack(packed) == content)
  }

  @Test func theWindowHasABound() throws {
    let content = [UInt8](repeating: 0, count: 20 << 20)
    #expect(try unpack(Self.pack(content, window: 23, knowsLength: false), piece: 1 << 20) == content)
    #expect(throws: ZstandardError.windowTooLarge) {
      try unpack(Self.pack(content, window: 24, knowsLength: false), piece: 1 << 20)
    }
    let decoder = try ZstandardDecoder()
    #expect(decoder.heldBytes < 1 << 20)
  }
}
