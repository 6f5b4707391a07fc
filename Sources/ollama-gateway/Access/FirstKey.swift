import Access
import Configuration

/// What the first key, or the first user, means for those who have none.
enum FirstKey {
  /// What it is.
  enum Kind: String {
    case key, user
  }

  /// For standard error.
  static func notice(_ configuration: Configuration, _ kind: Kind = .key) -> String {
    let without = kind == .key ? "without one" : "without a key who have not signed in either"
    var lines: [String] = []
    if configuration.auth == .open || configuration.auth == .optional {
      lines.append(
        "Callers without a key are let in as before: the configuration says auth: \(configuration.auth.rawValue)."
      )
    } else {
      if configuration.openTo.isEmpty {
        lines += [
          "This is the first \(kind.rawValue): from now on, and for good, callers \(without) are refused, on this machine too.",
          "That is every program that used the gateway until now, among them the ollama command line, which cannot send a key.",
          "Whom open_to names is let in all the same: this line in the configuration lets in this machine's programs,",
          "  open_to: [loopback]",
        ]
      } else {
        lines.append(
          "This is the first \(kind.rawValue): from now on, and for good, callers \(without) are refused, but for those that open_to names."
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
