internal import Glibc

// Texts of peers are compared byte by byte. `==`, `hasPrefix` and the hash of a String take texts for equal that only look the
// same, and what that costs grows with the square of the combining marks in a row: 256 KiB of them took half a minute.

extension UnsafeRawBufferPointer {
  /// Whether these are the same bytes.
  public func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count, let start = baseAddress, let otherStart = other.baseAddress else {
      return count == other.count
    }
    return memcmp(start, otherStart, count) == 0
  }
}

extension String {
  /// Whether the texts are the same byte for byte. Strings are equal as well where they only look the same: an `Å` is one
  /// letter or two, and the Kelvin sign is a K.
  public func hasSameBytes(as other: String) -> Bool {
    // Two that look the same in memory are: a text of 15 bytes or fewer stands in there, and a longer one is the same object. Most
    // comparisons are of these. Only bits are looked at, which are as many as a String has.
    if unsafeBitCast(self, to: (UInt, UInt).self) == unsafeBitCast(other, to: (UInt, UInt).self) {
      return true
    }
    let isSame = utf8.withContiguousStorageIfAvailable { bytes in
      other.utf8.withContiguousStorageIfAvailable {
        UnsafeRawBufferPointer(bytes).hasSameBytes(as: UnsafeRawBufferPointer($0))
      }
    }
    return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}

extension RawRepresentable where Self: CaseIterable, RawValue == String {
  /// The case whose raw value is `text`, byte for byte; nil if there is none.
  public init?(bytesOf text: String) {
    guard let found = Self.allCases.first(where: { $0.rawValue.hasSameBytes(as: text) }) else { return nil }
    self = found
  }
}
