package import JSON
package import OllamaAPI

// What is wrong with a body, or with a field of it.
extension RequestFailure {
  /// A field with a value of a type that it does not take.
  package static func field(_ name: String, got: JSONKind, _ takes: String) -> RequestFailure {
    RequestFailure(422, "“\(name)” takes \(takes), and got \(got).", field: name, fault: FieldFault(.type))
  }

  /// A field with a value that is no number, or one that it does not take.
  package static func number(_ name: String, _ value: JSONValue, _ takes: String) -> RequestFailure {
    let number = value.numeralInt.map { "\($0)" } ?? value.numeralDouble.map { "\($0)" }
    guard let number else { return .field(name, got: value.kind, takes) }
    return RequestFailure(422, "“\(name)” takes \(takes), and got \(number).", field: name)
  }

  /// A field with what cannot be passed on to Ollama.
  package init(_ error: ChatOptions.InvalidOptionError) {
    self = .field(error.name, got: error.got, error.expected)
  }
}

extension RequestFailure: JSONDecodingError {
  /// A body that is not JSON.
  package init(malformed error: JSONError) {
    self.init(400, "The body is not valid JSON: \(error).")
  }
}
