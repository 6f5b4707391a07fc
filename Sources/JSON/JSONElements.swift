internal import Bytes

/// The elements of an array where they stand, as `JSONMemberScanner` gives the array out: it has checked the grammar. Of any
/// other bytes the elements are some of them, and never more than there are.
public struct JSONElements: Sequence, IteratorProtocol {
  private let array: UnsafeRawBufferPointer
  private var position = 1

  /// - Parameter array: the text of an array, its brackets included.
  public init(_ array: UnsafeRawBufferPointer) { self.array = array }

  /// The next element's text; a string has its quotes.
  public mutating func next() -> UnsafeRawBufferPointer? {
    while position < array.count, isBetween(array[position]) { position += 1 }
    guard position < array.count, array[position] != UInt8(ascii: "]") else { return nil }
    let start = position
    skipElement()
    // A closing brace begins no element.
    guard position > start else { return nil }
    return UnsafeRawBufferPointer(rebasing: array[start..<Swift.min(position, array.count)])
  }

  private func isBetween(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || ASCII.isWhiteSpace(byte) }

  private mutating func skipElement() {
    var depth = 0
    while position < array.count {
      let byte = array[position]
      switch byte {
      case UInt8(ascii: "\""): skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { return }
        depth -= 1
        position += 1
      case _ where depth == 0 && isBetween(byte): return
      default: position += 1
      }
    }
  }

  /// What is escaped is two bytes at least, of which the second ends nothing.
  private mutating func skipString() {
    position += 1
    while position < array.count, array[position] != UInt8(ascii: "\"") {
      position += array[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    position = Swift.min(position + 1, array.count)
  }
}
