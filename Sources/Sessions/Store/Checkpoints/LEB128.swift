/// Numbers as bytes: seven bits a byte, the lowest first, and the highest bit where another byte follows.
enum LEB128 {
  /// - Parameter number: from 0 on.
  static func append(_ number: Int, to bytes: inout [UInt8]) {
    append(UInt64(max(0, number)), to: &bytes)
  }

  static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    var rest = number
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Takes a number from the beginning of bytes.
  ///
  /// - Returns: nil where there is none, or one of more than 42 bits: nothing that is counted here has as many.
  static func take(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = bytes.popFirst() {
      guard shift <= 35 else { return nil }
      number |= UInt64(byte & 0x7F) << shift
      shift += 7
      if byte & 0x80 == 0 { return number }
    }
    return nil
  }
}
