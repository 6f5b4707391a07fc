import Access
import Configuration

/// What the first key means for those who have none.
enum FirstKey {
  /// For standard error.
  static func notice(_ configuration: Configuration) -> String {
    var lines: [String] = []
    if configuration.auth == .open || configuration.auth == .optional {
      lines.append(
        "Callers without a key are let in as before: the configuration says auth: \(configuration.auth.rawValue)."
      )
    } else {
      if configuration.openTo.isEmpty {
        lines += [
          "This is the first key: from now on, and for good, callers without one are refused, on this machine too.",
          "That is every program that used the gateway until now, among them the ollama command line, which cannot send a key.",
          "Whom open_to names is let in without one: this line in the configuration lets in this machine's programs,",
          "  open_to: [loopback]",
        ]
      } else {
        lines.append(
          "This is the first key: from now on, and for good, callers without one are refused, but for those that open_to names."
        )
      }
    }
    if configuration.auth != .required {
      lines.append(
        "This line keeps it closed where the store is lost, and the log warns as long as it is not there:")
      lines.append("  auth: required")
    }
    return lines.map { "\($0)\n" }.joined()
  }
}
