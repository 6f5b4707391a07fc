/// What `check` found, as it is printed.
struct CheckReport: Sendable, Equatable {
  /// One finding.
  enum Finding: Sendable, Equatable {
    /// Works.
    case fine(String)
    /// Works, but may not in bad times.
    case doubtful(String)
    /// Would not work, or not as configured.
    case wrong(String)
  }

  /// The effective configuration: one setting a line, `key value (source)`, aligned.
  let settings: [String]
  /// What was tried and what came of it.
  let findings: [Finding]

  /// Nothing is wrong.
  var isFine: Bool { !findings.contains { if case .wrong = $0 { true } else { false } } }

  /// All lines.
  var lines: [String] {
    settings + [""]
      + findings.map { finding in
        switch finding {
        case .fine(let text): "ok     \(text)"
        case .doubtful(let text): "warn   \(text)"
        case .wrong(let text): "WRONG  \(text)"
        }
      }
  }
}
