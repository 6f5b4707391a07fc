internal import Bytes

/// Writes the text of an address into memory that has room for it: no String, no allocation.
struct TextWriter {
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private(set) var count = 0

  init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

  mutating func append(byte: UInt8) {
    buffer[count] = byte
    count += 1
  }

  mutating func append(_ text: StaticString) {
    for byte in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) {
      append(byte: byte)
    }
  }

  /// Without leading zeros. The divisors are constants, by which dividing is cheap: a request's line in the log has its client.
  mutating func append(decimal number: UInt16) {
    if number >= 10_000 { append(digit: number / 10_000) }
    if number >= 1000 { append(digit: number / 1000 % 10) }
    if number >= 100 { append(digit: number / 100 % 10) }
    if number >= 10 { append(digit: number / 10 % 10) }
    append(digit: number % 10)
  }

  private mutating func append(digit: UInt16) {
    append(byte: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit))
  }

  /// Without leading zeros.
  mutating func append(hexadecimal number: UInt16) {
    var shift: UInt16 = 12
    while shift > 0, number >> shift == 0 { shift -= 4 }
    while true {
      append(byte: Hexadecimal.digit(UInt8(truncatingIfNeeded: number >> shift) & 15))
      if shift == 0 { return }
      shift -= 4
    }
  }
}
