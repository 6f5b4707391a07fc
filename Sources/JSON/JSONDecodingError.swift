/// An error type that can stand for a malformed document too, so that one `throws` clause covers reading it and
/// making sense of it.
public protocol JSONDecodingError: Error {
  /// The error for a document that is no JSON, too large or too deep.
  init(malformed error: JSONError)
}

extension JSONError: JSONDecodingError {
  /// The error of a text that is no JSON.
  public init(malformed error: JSONError) {
    self = error
  }
}
