internal import Bytes

/// A set of field names known at compile time. Asking it allocates nothing: this is done for each field of each message.
public struct FieldNameSet: Sendable {
  /// The names, by length.
  private let names: [[StaticString]]
  /// Those of the names: no name that has none of them is in the set, and most names end here.
  private let marks: UInt64

  /// - Parameter names: in lower case.
  public init(_ names: [StaticString]) {
    let longest = names.map(\.utf8CodeUnitCount).max() ?? 0
    var table = [[StaticString]](repeating: [], count: longest + 1)
    for name in names { table[name.utf8CodeUnitCount].append(name) }
    self.names = table
    marks = names.reduce(0) { $0 | FieldSection.mark(length: $1.utf8CodeUnitCount, first: $1.utf8Start[0]) }
  }

  /// Whether `name`, in any case, is in the set.
  public func contains(_ name: String) -> Bool {
    let length = name.utf8.count
    guard length < names.count else { return false }
    for candidate in names[length] where name.isFieldName(candidate) { return true }
    return false
  }

  /// Whether fields of these names may be in the section; false only where none is. One look at all.
  public func mayMeet(_ fields: FieldSection) -> Bool { marks & fields.marks != 0 }

  /// As ``contains(_:)``, for a name that is no String.
  public func contains(_ field: FieldSection.Field) -> Bool {
    let length = field.name.count
    guard length > 0, marks & FieldSection.mark(length: length, first: field.name[0]) != 0,
      length < names.count
    else { return false }
    // Of those of one length most differ in their first letter.
    let first = ASCII.lowercased(field.name[0])
    for candidate in names[length] where candidate.utf8Start.pointee == first {
      if FieldSection.begins(field.name, with: candidate) { return true }
    }
    return false
  }
}
