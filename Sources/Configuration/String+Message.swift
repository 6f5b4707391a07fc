extension String {
  /// The text in quotes and on one line, cut after 120 characters: fit for an error message whoever wrote it. What
  /// stands before the `@` of a URL, perhaps a password, is for nobody's eyes.
  var quotedForMessage: String { "\"\(withoutUser.escapedForMessage)\"" }

  private var withoutUser: String {
    guard let end = lastIndex(of: "@") else { return self }
    let slash = self[..<end].lastIndex(of: "/").map { index(after: $0) }
    return "\(self[..<(slash ?? startIndex)])…\(self[end...])"
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
