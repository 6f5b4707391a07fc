/// The lengths of texts that lie one after the other, as bytes: of each text its length and its kind as one number (``LEB128``). The
/// lowest bit of the number says whether the model thinks it.
package struct TextLengths {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// - Parameter count: bytes of the text.
  package mutating func append(_ count: Int, _ kind: TextKind) {
    LEB128.append(UInt64(max(0, count)) << 1 | (kind == .thinking ? 1 : 0), to: &bytes)
  }

  /// Forgets all of them, and keeps the memory.
  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// The texts that lengths tell of.
  ///
  /// - Returns: nil where they are no lengths, or their sum is not `total`.
  package static func read(_ bytes: [UInt8], total: Int) -> [(count: Int, kind: TextKind)]? {
    var texts: [(count: Int, kind: TextKind)] = []
    var left = UInt64(max(0, total))
    var bytes = bytes[...]
    while !bytes.isEmpty {
      // No text is as long as a number can be: what says so is damaged.
      guard let number = LEB128.take(&bytes), number >> 1 <= left else { return nil }
      left -= number >> 1
      texts.append((Int(number >> 1), number & 1 == 1 ? .thinking : .content))
    }
    return left == 0 ? texts : nil
  }
}
