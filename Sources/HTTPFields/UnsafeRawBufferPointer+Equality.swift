internal import Glibc

extension UnsafeRawBufferPointer {
  /// Whether these are the same bytes.
  public func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
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
    let isSame = utf8.withContiguousStorageIfAvailable { bytes in
      other.utf8.withContiguousStorageIfAvailable {
        UnsafeRawBufferPointer(bytes).isEqual(to: UnsafeRawBufferPointer($0))
      }
    }
    return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}
