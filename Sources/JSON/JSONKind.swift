/// The types of JSON, with RFC 8259's names.
public enum JSONKind: Sendable, Equatable, CustomStringConvertible {
  case object, array, string, number, boolean, null

  /// As a message names it: "got a string".
  public var description: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .string: "a string"
    case .number: "a number"
    case .boolean: "a boolean"
    case .null: "null"
    }
  }
}
