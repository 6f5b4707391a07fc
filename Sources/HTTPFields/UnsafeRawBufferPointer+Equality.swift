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
