/// The lengths of texts that lie one after the other, as bytes: of each text its length and its kind as one number, seven bits a
/// byte, the lowest first (LEB128). The lowest bit of the number says whether the model thinks it.
package struct TextLengths {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// - Parameter count: bytes of the text.
  package mutating func append(_ count: Int, _ kind: TextKind) {
    var rest = UInt64(max(0, count)) << 1 | (kind == .thinking ? 1 : 0)
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// The texts that lengths tell of.
  ///
  /// - Returns: nil where they are no lengths, or their sum is not `total`.
  package static func read(_ bytes: [UInt8], total: Int) -> [(count: Int, kind: TextKind)]? {
    var texts: [(count: Int, kind: TextKind)] = []
    var number: UInt64 = 0
    var shift: UInt64 = 0
    var left = UInt64(max(0, total))
    for byte in bytes {
      // No text is as long as this: what says so is damaged.
      guard shift <= 35 else { return nil }
      number |= UInt64(byte & 0x7F) << shift
      shift += 7
      guard byte & 0x80 == 0 else { continue }
      let count = number >> 1
      guard count <= left else { return nil }
      left -= count
      texts.append((Int(count), number & 1 == 1 ? .thinking : .content))
      (number, shift) = (0, 0)
    }
    return left == 0 && shift == 0 ? texts : nil
  }
}
