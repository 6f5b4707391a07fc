import JSON

extension JSONValue {
  /// The message of the value of an `error` member: Ollama's own are strings, those of the paths that follow OpenAI
  /// and Anthropic objects with a `message`.
  var errorMessage: String {
    string ?? self["message"]?.string ?? "unknown error"
  }
}
