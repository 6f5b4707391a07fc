internal import CZstd

/// Unpacks content in the coding `zstd` (RFC 8878, RFC 9659) piece by piece, in bounded memory. Frames may follow one
/// another.
///
/// Not `Sendable`: one decoder belongs to one body.
public final class ZstandardDecoder {
  /// Bytes of the largest window that is taken, which a decoder has in memory. RFC 9659 section 3 lets a receiver refuse a
  /// larger one.
  public static let largestWindow = 8 << 20
  /// Bytes that ``decode(_:from:to:)`` reads at a time. Of a hostile one 4 KiB take about a millisecond: the most that can be
  /// asked for in them are tables, hundreds of which fit.
  public static let largestInput = 4 * 1024

  private let stream: OpaquePointer
  /// Whether what was read ends where a frame does.
  private var isBetweenFrames = true

  /// - Throws: ``ZstandardError/noMemory``.
  public init() throws(ZstandardError) {
    guard let stream = ZSTD_createDCtx() else { throw .noMemory }
    self.stream = stream
    let exponent = Int32(ZstandardDecoder.largestWindow.trailingZeroBitCount)
    guard ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, exponent)) == 0 else {
      preconditionFailure("libzstd takes no window of 2^\(exponent) bytes")
    }
  }

  deinit { ZSTD_freeDCtx(stream) }

  /// Bytes of memory that the decoder has: the window of a frame is taken when its head was read.
  public var heldBytes: Int { ZSTD_sizeof_DCtx(stream) }

  /// Whether nothing is missing after what was read.
  public var isComplete: Bool { isBetweenFrames }

  /// Unpacks the next piece: reads on from `position` and moves it. When it is at the end of `packed` and less than all of
  /// `buffer` was filled, nothing more comes.
  ///
  /// - Parameters:
  ///   - packed: the same bytes each time.
  ///   - buffer: not empty.
  /// - Returns: bytes that were written.
  public func decode(
    _ packed: UnsafeRawBufferPointer, from position: inout Int, to buffer: UnsafeMutableRawBufferPointer
  ) throws(ZstandardError) -> Int {
    let count = min(packed.count - position, ZstandardDecoder.largestInput)
    // Asked for nothing, the library would begin another frame.
    if count == 0 && isBetweenFrames { return 0 }
    var input = ZSTD_inBuffer(src: packed.baseAddress.map { $0 + position }, size: count, pos: 0)
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    while true {
      let (read, written) = (input.pos, output.pos)
      let rest = ZSTD_decompressStream(stream, &output, &input)
      guard ZSTD_isError(rest) == 0 else { throw ZstandardError(code: ZSTD_getErrorCode(rest)) }
      // It reads no byte of a frame that follows: between two frames nothing is asked for.
      isBetweenFrames = rest == 0
      if input.pos == input.size || output.pos == output.size { break }
      guard input.pos > read || output.pos > written else { throw .malformed }
    }
    position += input.pos
    return output.pos
  }
}
