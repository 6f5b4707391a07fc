/// Texts of a log as a store keeps them. Its memory serves for one after the other.
struct KeptText {
  /// The texts, one after the other, without U+0000.
  private(set) var text: [UInt8] = []
  private(set) var lengths = TextLengths()
  /// The number of the last of them.
  private(set) var last = 0

  /// Begins anew, behind a text.
  mutating func begin(after number: Int) {
    text.removeAll(keepingCapacity: true)
    lengths.removeAll()
    last = number
  }

  /// Takes texts that have no U+0000.
  mutating func append(_ texts: ArraySlice<UInt8>) { text.append(contentsOf: texts) }

  /// Notes how long the next text is.
  mutating func note(_ count: Int, _ kind: TextKind) {
    lengths.append(count, kind)
    last += 1
  }

  /// Takes the next text, which may have U+0000.
  mutating func appendNext(_ next: ArraySlice<UInt8>, _ kind: TextKind) {
    let stored = StoredText.bytes(of: next)
    text += stored
    note(stored.count, kind)
  }
}
