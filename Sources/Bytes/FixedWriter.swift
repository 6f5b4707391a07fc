/// Writes a short text into memory of a known size, such as the stack's; what would not fit is left out.
package struct FixedWriter {
  private let memory: UnsafeMutableRawBufferPointer
  /// Bytes that were written.
  package private(set) var count = 0

  /// - Parameter memory: outlives it.
  package init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  /// What was written.
  package var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

  package mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = memory.baseAddress, let source = bytes.baseAddress, bytes.count <= memory.count - count
    else { return }
    (start + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
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
    guard digits <= memory.count - count else { return }
    var rest = number
    var place = count + digits
    // Two at a time: a division takes longer than all else.
    while rest >= 100 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      place -= 2
      put(pair, at: place)
      rest = quotient
    }
    if rest >= 10 {
      put(rest, at: place - 2)
    } else {
      memory[place - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
    }
    count += digits
  }

  /// Two digits.
  private func put(_ pair: UInt64, at place: Int) {
    // As 103 / 1024 is a tenth of all numbers below 100.
    let tens = (pair &* 103) >> 10
    memory[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: tens)
    memory[place + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair &- tens &* 10)
  }
}
