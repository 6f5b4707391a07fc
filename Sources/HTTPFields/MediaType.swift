extension String {
  /// Whether a `Content-Type` names this media type, whatever its parameters: RFC 9110 section 8.3.1. `type` in lower
  /// case. Allocates nothing.
  public func hasMediaType(_ type: StaticString) -> Bool {
    let length = type.utf8CodeUnitCount
    let isType = utf8.withContiguousStorageIfAvailable { bytes in
      let start = bytes.firstIndex { $0 != 0x20 && $0 != 0x09 } ?? bytes.count
      guard bytes.count - start >= length else { return false }
      for index in 0..<length where FieldNameSet.lowercase(bytes[start + index]) != type.utf8Start[index] {
        return false
      }
      guard start + length < bytes.count else { return true }
      let next = bytes[start + length]
      return next == UInt8(ascii: ";") || next == 0x20 || next == 0x09
    }
    return isType ?? false
  }
}
