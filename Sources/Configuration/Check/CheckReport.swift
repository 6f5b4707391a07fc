/// What `check` found, as it is printed.
public struct CheckReport: Sendable, Equatable {
  /// One finding.
  public enum Finding: Sendable, Equatable {
    /// Works.
    case fine(String)
    /// Works, but may not in bad times.
    case doubtful(String)
    /// Would not work, or not as configured.
    case wrong(String)
  }

  /// The effective configuration: one setting a line, `key value (source)`, aligned.
  public let settings: [String]
  /// What was tried and what came of it.
  public let findings: [Finding]

  /// Nothing is wrong.
  public var isFine: Bool { !findings.contains { if case .wrong = $0 { true } else { false } } }

  /// All lines.
  public var lines: [String] {
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
