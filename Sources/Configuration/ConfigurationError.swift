/// Why the configuration cannot be used: one line that names the flag, variable or key, what it got and what it takes.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// The line, without a line end; control characters of what was given are escaped.
  public let description: String

  private init(_ description: String) { self.description = description }
}

extension ConfigurationError {
  /// A value that does not fit. `origin` names where it stands: a flag, a variable, or `PATH:LINE: KEY`.
  static func badValue(_ value: String, at origin: String, takes: String) -> ConfigurationError {
    ConfigurationError("\(origin) \(value.quotedForMessage): takes \(takes)")
  }

  /// A value of a wrong kind, such as a YAML mapping.
  static func wrongKind(_ kind: String, at origin: String, takes: String) -> ConfigurationError {
    ConfigurationError("\(origin) is \(kind): takes \(takes)")
  }

  /// What is in the wrong place, or there too often. `problem` is our own text, and goes on where `origin` ends.
  static func misplaced(_ origin: String, _ problem: String) -> ConfigurationError {
    ConfigurationError("\(origin) \(problem)")
  }

  /// A name that is none of ours. `what` says of which sort, `candidates` are the names of that sort.
  static func unknown(
    _ what: String, _ name: String, at origin: String = "", among candidates: [String]
  ) -> ConfigurationError {
    let hint = Spelling.nearest(to: name, among: candidates).map { "did you mean \($0)?" }
    return ConfigurationError(
      "\(origin)unknown \(what) \(name.quotedForMessage); \(hint ?? "ollama-gateway --help lists what there is")"
    )
  }

  /// The file as a whole cannot be used. `problem` is our own text: what it quotes of the file is escaped.
  static func file(_ path: String, line: Int? = nil, _ problem: String) -> ConfigurationError {
    ConfigurationError("\(path.escapedForMessage)\(line.map { ":\($0)" } ?? ""): \(problem)")
  }
}
