internal import Bytes
internal import Handling
internal import JSON
internal import OllamaAPI

/// Reads the members of a body of JSON as the first system does: what it does not know is left out, `null` is nothing.
enum SignInBody {
  /// - Throws: 422 for a body that is no object.
  static func requireObject(_ body: JSONValue) throws(RequestFailure) {
    guard body.kind != .object else { return }
    throw RequestFailure(
      422, "The body takes a JSON object, and got \(body.kind).", fault: FieldFault(.type))
  }

  /// A text that must be there.
  ///
  /// - Parameters:
  ///   - letters: how many it has, counted as Unicode scalars.
  ///   - takes: continues "takes …".
  /// - Throws: 422 that names the field.
  static func text(
    _ value: JSONValue?, _ name: String, _ letters: ClosedRange<Int>
  ) throws(RequestFailure) -> String {
    let takes = takes(letters)
    guard let value else {
      throw RequestFailure(
        422, "“\(name)” is missing; it takes \(takes).", field: name, fault: FieldFault(.missing))
    }
    guard let text = value.string else { throw .field(name, got: value.kind, takes) }
    guard text.unicodeScalars.count <= letters.upperBound, text.unicodeScalars.count >= letters.lowerBound
    else { throw RequestFailure(422, "“\(name)” takes \(takes).", field: name) }
    return text
  }

  /// A text that may be left out, or `null`.
  static func optionalText(
    _ value: JSONValue?, _ name: String, _ letters: ClosedRange<Int>
  ) throws(RequestFailure) -> String? {
    guard let value, !value.isNull else { return nil }
    return try text(value, name, letters)
  }

  private static func takes(_ letters: ClosedRange<Int>) -> String {
    letters.lowerBound == 0
      ? "a text of at most \(letters.upperBound) characters"
      : "a text of \(letters.lowerBound) to \(letters.upperBound) characters"
  }
}
