extension String {
  /// The text in quotes and on one line, cut after 120 characters: fit for an error message whoever wrote it.
  var quotedForMessage: String { "\"\(escapedForMessage)\"" }

  /// The text on one line, cut after 120 characters, with control and formatting characters as `\u{…}`.
  var escapedForMessage: String {
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
