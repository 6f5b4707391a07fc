internal import Bytes

/// A set of field names known at compile time. Asking it allocates nothing: this is done for each field of each message.
public struct FieldNameSet: Sendable {
  /// The names, by length.
  private let names: [[StaticString]]
  /// A bit for each name's length and first letter: no name that has none is in the set, and most names end here.
  private let marks: UInt64

  /// - Parameter names: in lower case.
  public init(_ names: [StaticString]) {
    let longest = names.map(\.utf8CodeUnitCount).max() ?? 0
    var table = [[StaticString]](repeating: [], count: longest + 1)
    for name in names { table[name.utf8CodeUnitCount].append(name) }
    self.names = table
    marks = names.reduce(0) { $0 | FieldNameSet.mark(length: $1.utf8CodeUnitCount, first: $1.utf8Start[0]) }
  }

  private static func mark(length: Int, first: UInt8) -> UInt64 {
    1 << UInt64((7 &* length &+ Int(ASCII.lowercased(first))) & 63)
  }

  /// Whether `name`, in any case, is in the set.
  public func contains(_ name: String) -> Bool {
    let length = name.utf8.count
    guard length < names.count else { return false }
    for candidate in names[length] where name.isFieldName(candidate) { return true }
    return false
  }

  /// As ``contains(_:)``, for a name that is no String.
  public func contains(_ field: FieldSection.Field) -> Bool {
    let length = field.name.count
    guard length > 0, marks & FieldNameSet.mark(length: length, first: field.name[0]) != 0,
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
