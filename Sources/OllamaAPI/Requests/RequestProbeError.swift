public import JSON

/// Why the gateway responds 400 to a request that it would relay. It holds nothing of the body.
public enum RequestProbeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The body is no JSON object.
  case malformed(JSONError)
  /// A field has a value that Ollama takes in no case.
  case invalid(field: String, expected: String)

  public var description: String {
    switch self {
    case .malformed(let error): "The body is not a valid JSON object: \(error)"
    case .invalid(let field, let expected): "“\(field)” must be \(expected)"
    }
  }
}
