/// What is wrong with a part of a request, for programs: an element of the `errors` of a problem with status 422. Clients
/// that know other frameworks look for them there.
public struct FieldFault: Equatable, Sendable {
  /// Where the part stands.
  public enum Place: String, Sendable {
    case body, query, header
  }

  /// The kinds of faults that programs can tell apart.
  public enum Kind: String, Sendable {
    /// It must be there and is not.
    case missing
    /// It is of another type.
    case type = "type_error"
    /// It is of the type, and has a value that is not taken.
    case value = "value_error"
  }

  /// Where the field stands.
  public var place: Place
  /// What is wrong with it.
  public var kind: Kind

  /// A fault of a field.
  public init(_ kind: Kind = .value, in place: Place = .body) {
    self.kind = kind
    self.place = place
  }
}
