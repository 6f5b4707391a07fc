internal import Bytes
internal import HTTPFields
internal import JSON

/// The letters of a JSON key, folded as Go folds them to find a field: ASCII in lower case, and what Unicode's simple
/// folding makes ASCII of, the Kelvin sign (U+212A) and the long s (U+017F). Allocates nothing.
struct FoldedKey: IteratorProtocol {
  /// What stands for a character that is no ASCII, or a byte of it.
  static let other: UInt8 = 0

  private let key: UnsafeRawBufferPointer
  private var index = 0

  /// - Parameter key: what is between the quotes, with its escapes well formed.
  init(_ key: UnsafeRawBufferPointer) { self.key = key }

  /// Whether Go takes a key for this one; `name` in lower case.
  static func matches(_ key: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
    let plain = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    // Nearly all are written as they are meant.
    if key.hasSameBytes(as: plain) { return true }
    // Six bytes are the longest way to write a letter.
    guard key.count >= name.utf8CodeUnitCount, key.count <= 6 * name.utf8CodeUnitCount else { return false }
    var letters = FoldedKey(key)
    for letter in plain {
      guard letters.next() == letter else { return false }
    }
    return letters.isAtEnd
  }

  /// The first letter of a key.
  static func first(of key: UnsafeRawBufferPointer) -> UInt8? {
    var letters = FoldedKey(key)
    return letters.next()
  }

  var isAtEnd: Bool { index >= key.count }

  mutating func next() -> UInt8? {
    guard !isAtEnd else { return nil }
    let byte = key[index]
    if byte == UInt8(ascii: "\\") { return nextEscape() }
    if byte < 0x80 {
      index += 1
      return ASCII.lowercased(byte)
    }
    if byte == 0xE2 && has(0x84, at: 1) && has(0xAA, at: 2) {
      index += 3
      return UInt8(ascii: "k")
    }
    if byte == 0xC5 && has(0xBF, at: 1) {
      index += 2
      return UInt8(ascii: "s")
    }
    index += 1
    return FoldedKey.other
  }

  private func has(_ byte: UInt8, at offset: Int) -> Bool {
    index + offset < key.count && key[index + offset] == byte
  }

  /// Of the short escapes none is a letter's.
  private mutating func nextEscape() -> UInt8 {
    guard let unit = JSONString.codeUnit(at: index, of: key) else {
      index += 2
      return FoldedKey.other
    }
    index += 6
    switch unit {
    case 0x212A: return UInt8(ascii: "k")
    case 0x17F: return UInt8(ascii: "s")
    case 1..<0x80: return ASCII.lowercased(UInt8(unit))
    default: return FoldedKey.other
    }
  }
}
