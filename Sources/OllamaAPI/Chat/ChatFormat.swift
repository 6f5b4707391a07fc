internal import HTTPFields
public import JSON

/// The form that a model's message shall have: the `format` of a request to `/api/chat`, `"json"` or a JSON schema.
public struct ChatFormat: Equatable, Sendable {
  /// As it goes to Ollama.
  public let json: [UInt8]

  /// Bytes of a schema, written anew.
  public static let maximumBytes = 256 * 1024
  /// Values within a schema, at any depth: they are written anew on an event loop.
  public static let maximumValues = 10_000

  /// Of a schema it is Ollama's to judge what it says. An empty string is no format, as Ollama has it.
  ///
  /// - Returns: nil for no format.
  /// - Throws: when it is anything else, which Ollama refuses as well, or larger than the bounds.
  public init?(_ value: JSONValue) throws(ChatOptions.InvalidOptionError) {
    switch value.kind {
    case .string:
      guard let text = value.string else { return nil }
      if text.isEmpty { return nil }
      guard text.hasSameBytes(as: "json") else { throw ChatFormat.invalid(value) }
    case .object:
      var room = ChatFormat.maximumValues
      guard ChatOptions.fits(value, in: &room) else {
        throw ChatFormat.invalid(value, "a schema of at most \(ChatFormat.maximumValues) values")
      }
    default: throw ChatFormat.invalid(value)
    }
    var writer = JSONWriter()
    writer.value(value)
    json = writer.take()
    guard json.count <= ChatFormat.maximumBytes else {
      throw ChatFormat.invalid(value, "a schema of at most \(ChatFormat.maximumBytes) bytes")
    }
  }

  private static func invalid(
    _ value: JSONValue, _ expected: String = "“json” or a JSON schema"
  ) -> ChatOptions.InvalidOptionError {
    ChatOptions.InvalidOptionError(name: "format", got: value.kind, expected: expected)
  }
}
