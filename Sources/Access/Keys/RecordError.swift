public import JSON

/// A member of a record's document that is missing, unknown, or of another kind or size than it takes. Holds nothing of the value.
public struct RecordError: Error, Equatable, Sendable {
  /// Its name, with those that it is in: `limits.rpm`, `budgets[0].unit`.
  public let member: String
  /// Continues "takes …".
  public let takes: String

  /// See the properties.
  public init(_ member: String, takes: String) {
    self.member = member
    self.takes = takes
  }

  /// The same within a member of this name.
  func within(_ name: String) -> RecordError {
    RecordError(member.isEmpty ? name : "\(name).\(member)", takes: takes)
  }
}

extension RecordError: CustomStringConvertible {
  /// One line.
  public var description: String { member.isEmpty ? "takes \(takes)" : "\(member): takes \(takes)" }
}

extension RecordError: JSONDecodingError {
  /// The error of a document that is no JSON.
  public init(malformed error: JSONError) { self.init("", takes: "a document of JSON: \(error)") }
}
