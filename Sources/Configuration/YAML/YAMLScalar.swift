/// A single value of a YAML text.
struct YAMLScalar: Equatable, Sendable {
  /// Without quotes and escapes.
  let text: String
  /// Whether it stands there without quotes.
  let isPlain: Bool

  /// Whether it says that there is no value. `"null"` in quotes is a text like any other.
  var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(text) }
}
