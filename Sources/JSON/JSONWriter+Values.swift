extension JSONWriter {
  /// Copies a parsed value with everything in it. Whole numbers keep all their digits and doubles their value; members keep
  /// their order, duplicates included. The depth of the recursion is bounded by the reader's.
  public mutating func value(_ value: JSONValue) {
    switch value.kind {
    case .object:
      beginObject()
      members(of: value)
      endObject()
    case .array:
      beginArray()
      value.forEachElement { self.value($0) }
      endArray()
    case .string: value.withUTF8 { string(utf8: $0) }
    case .number: number(value)
    case .boolean: bool(value.bool == true)
    case .null: null()
    }
  }

  /// Copies the members of an object into the object being written, all but those whose key is in `excluded`.
  public mutating func members(of object: JSONValue, except excluded: [StaticString] = []) {
    object.forEachMember { name, member in
      guard !excluded.contains(where: { $0.equals(name) }) else { return }
      key(utf8: name)
      value(member)
    }
  }

  private mutating func number(_ value: JSONValue) {
    if let text = value.textOfLargeNumber {
      beginValue()
      append(text)
    } else if value.isDouble, let double = value.double {
      number(double)
    } else if let signed = value.int {
      integer(signed)
    } else if let unsigned = value.unsigned {
      integer(unsigned)
    }
  }
}

extension StaticString {
  /// Whether it has exactly these bytes.
  public func equals(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard utf8CodeUnitCount == bytes.count else { return false }
    let wanted = utf8Start
    for index in bytes.indices where bytes[index] != wanted[index] { return false }
    return true
  }
}
