internal import Bytes

/// A header field as it stands in a message: RFC 9110 section 5.
public typealias HTTPField = (name: String, value: String)

extension String {
  /// Whether the text is this field name (or another token without case); `name` in lower case.
  @inlinable
  public func isFieldName(_ name: StaticString) -> Bool {
    // Most names differ in length already: that much is decided where it is asked.
    utf8.count == name.utf8CodeUnitCount && hasLetters(of: name)
  }

  /// Whether the text begins with `name` in any case; it is not shorter.
  @usableFromInline
  func hasLetters(of name: StaticString) -> Bool {
    let letters = name.utf8Start
    let count = name.utf8CodeUnitCount
    return utf8.withContiguousStorageIfAvailable { bytes in
      for index in 0..<count where ASCII.lowercased(bytes[index]) != letters[index] { return false }
      return true
    } ?? lowercased().hasPrefix("\(name)")
  }
}

extension [HTTPField] {
  /// The value of the first field of this name; `name` in lower case.
  @inlinable
  public func first(_ name: StaticString) -> String? {
    for index in indices where self[index].name.isFieldName(name) { return self[index].value }
    return nil
  }
}
