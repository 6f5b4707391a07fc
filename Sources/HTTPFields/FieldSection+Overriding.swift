internal import Bytes

extension FieldSection {
  /// These fields, with others at the end in place of all that have the same names.
  public func overridden(by others: FieldSection) -> FieldSection {
    guard others.count > 0 else { return self }
    var fields = FieldSection(
      reservingCapacity: count + others.count, bytes: byteCount + others.byteCount)
    withEachField { field in
      var isReplaced = false
      others.withEachField { other in
        if !isReplaced { isReplaced = field.hasName(of: other) }
      }
      if !isReplaced { fields.append(field) }
    }
    others.withEachField { fields.append($0) }
    return fields
  }

  /// Whether two sections have the same fields in the same order, byte by byte.
  public func hasSameBytes(as other: FieldSection) -> Bool {
    guard count == other.count, size == other.size else { return false }
    guard let memory, let otherMemory = other.memory else { return size == 0 }
    defer { withExtendedLifetime((memory, otherMemory)) {} }
    return UnsafeRawBufferPointer(start: memory.bytes, count: size)
      .elementsEqual(UnsafeRawBufferPointer(start: otherMemory.bytes, count: size))
  }
}

extension FieldSection.Field {
  /// Whether both have one name, in any case.
  fileprivate func hasName(of other: FieldSection.Field) -> Bool {
    name.count == other.name.count
      && name.elementsEqual(other.name) { ASCII.lowercased($0) == ASCII.lowercased($1) }
  }
}
