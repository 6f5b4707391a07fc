public import JSON

/// Why a response of Ollama's makes no sense. It holds nothing of the response but the names of fields.
public enum ResponseError: JSONDecodingError, Equatable, Sendable, CustomStringConvertible {
  /// It is no JSON, too large or too deep.
  case malformed(JSONError)
  /// A field that must be there is not, or has another type.
  case missing(String)

  /// The error of a response that is no JSON.
  public init(malformed error: JSONError) {
    self = .malformed(error)
  }

  /// One sentence without its end.
  public var description: String {
    switch self {
    case .malformed(let error): "Ollama's answer is not valid JSON: \(error)"
    case .missing(let field): "Ollama's answer lacks a valid “\(field)”"
    }
  }
}
