/// Writes a short text into memory of a known size, such as the stack's; what would not fit is left out. Most of what is written is of
/// few bytes, for which a call takes longer than to write them: all is inlined.
package struct FixedWriter {
  @usableFromInline let memory: UnsafeMutableRawBufferPointer
  /// Bytes that were written.
  package var count: Int { written }
  @usableFromInline var written = 0

  /// - Parameter memory: outlives it.
  @inlinable
  package init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  /// What was written.
  package var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<written]) }

  @inlinable
  @inline(__always)
  package mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inlinable
  @inline(__always)
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = memory.baseAddress, let source = bytes.baseAddress,
      bytes.count <= memory.count - written
    else { return }
    (start + written).copyMemory(from: source, byteCount: bytes.count)
    written += bytes.count
  }

  /// In decimal digits, without leading zeros.
  package mutating func append(_ number: UInt64) {
    var digits = 1
    var power: UInt64 = 10
    // The longest number has 20 digits: no greater power is looked at.
    while digits < 20, number >= power {
      digits += 1
      power = power &* 10
    }
    guard digits <= memory.count - written else { return }
    var rest = number
    for place in stride(from: written + digits - 1, through: written, by: -1) {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      memory[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
      rest = quotient
    }
    written += digits
  }
}
