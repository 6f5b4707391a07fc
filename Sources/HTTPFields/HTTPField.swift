/// A header field as it stands in a message: RFC 9110 section 5.
public typealias HTTPField = (name: String, value: String)

extension String {
  /// Whether the text is this field name (or another token without case); `name` in lower case.
  public func isFieldName(_ name: StaticString) -> Bool {
    let length = name.utf8CodeUnitCount
    guard utf8.count == length else { return false }
    return utf8.withContiguousStorageIfAvailable { bytes in
      for index in 0..<length where FieldNameSet.lowercase(bytes[index]) != name.utf8Start[index] {
        return false
      }
      return true
    } ?? (lowercased() == "\(name)")
  }
}

extension [HTTPField] {
  /// The value of the first field of this name; `name` in lower case.
  public func first(_ name: StaticString) -> String? {
    for field in self where field.name.isFieldName(name) { return field.value }
    return nil
  }
}
