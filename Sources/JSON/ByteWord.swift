/// Eight bytes of a text looked at together in one machine word: the way to skip what is not special in it. (The
/// standard library's SIMD vectors compare byte by byte, some twenty times slower.)
///
/// A mark is the top bit of a byte. The lowest mark is exact; those above it may be set by a borrow and mean nothing.
public struct ByteWord {
  @usableFromInline let word: UInt64

  /// The bytes at `offset`, of which there must be eight, the first one lowest.
  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// A mark for each byte that equals `byte`.
  @inlinable
  public func marks(of byte: UInt8) -> UInt64 {
    let difference = word ^ (0x0101_0101_0101_0101 &* UInt64(byte))
    return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
  }

  /// A mark for each byte below `bound`, which is at most 128.
  @inlinable
  public func marks(below bound: UInt8) -> UInt64 {
    (word &- 0x0101_0101_0101_0101 &* UInt64(bound)) & ~word & 0x8080_8080_8080_8080
  }

  /// A mark for each byte that is not ASCII, all of them exact.
  @inlinable
  public var nonASCIIMarks: UInt64 { word & 0x8080_8080_8080_8080 }

  /// The index of the byte with the lowest mark, in the word.
  @inlinable
  public static func firstIndex(of marks: UInt64) -> Int {
    marks.trailingZeroBitCount / 8
  }
}
