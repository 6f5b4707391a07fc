extension String {
  /// The text in quotes and on one line, cut after 120 characters: fit for an error message whoever wrote it. What
  /// stands before the `@` of a URL, and behind its `?`, perhaps a password, is for nobody's eyes, nor is what a name
  /// such as `client_secret=` has.
  var quotedForMessage: String { "\"\(withoutSecrets.withoutValuesOfSecrets.escapedForMessage)\"" }

  /// A password may have any character: all from the scheme to the last `@` is cut.
  private var withoutSecrets: String {
    let scheme = firstRange(of: "://")
    var rest = self[(scheme?.upperBound ?? startIndex)...]
    var shown = String(self[..<rest.startIndex])
    if let at = rest.utf8.lastIndex(of: UInt8(ascii: "@")) {
      shown += "…"
      rest = rest[at...]
    }
    guard scheme != nil, let query = rest.utf8.firstIndex(of: UInt8(ascii: "?")) else { return shown + rest }
    return shown + rest[...query] + "…"
  }

  /// The text on one line, cut after 120 characters, with control and formatting characters as `\u{…}`.
  package var escapedForMessage: String {
    var text = ""
    for (index, scalar) in unicodeScalars.enumerated() {
      if index == 120 { return text + "…" }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
        text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
