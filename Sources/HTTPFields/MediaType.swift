internal import Bytes

extension UnsafeRawBufferPointer {
  /// Whether a `Content-Type` names this media type, whatever its parameters: RFC 9110 section 8.3.1. `type` in lower
  /// case.
  public func hasMediaType(_ type: StaticString) -> Bool {
    let length = type.utf8CodeUnitCount
    var start = 0
    while start < count, ASCII.isBlank(self[start]) { start += 1 }
    guard count - start >= length,
      FieldSection.begins(UnsafeRawBufferPointer(rebasing: self[start...]), with: type)
    else { return false }
    guard start + length < count else { return true }
    let next = self[start + length]
    return next == UInt8(ascii: ";") || ASCII.isBlank(next)
  }
}

extension String {
  /// As for bytes. Allocates nothing.
  public func hasMediaType(_ type: StaticString) -> Bool {
    utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).hasMediaType(type) } ?? false
  }
}
