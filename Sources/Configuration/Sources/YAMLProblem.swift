import Yams

/// What is wrong with a YAML text: a parser's error, which has several lines and quotes the text, made one line.
struct YAMLProblem {
  let line: Int?
  let text: String

  init(_ error: any Error) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      (line, text) = (mark.line, "not YAML: \(problem)" + Self.hint(problem))
    case .reader(let problem, _, _, _): (line, text) = (nil, "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      (line, text) = (
        context.mark.line, "the key \((duplicates.first ?? "").quotedForMessage) stands there twice"
      )
    default: (line, text) = (nil, "not YAML")
    }
  }

  func configurationError(path: String) -> ConfigurationError { .file(path, line: line, text) }

  /// `[::1]:10200` and `*` mean something else to YAML.
  private static func hint(_ problem: String) -> String {
    problem.contains("expected") || problem.contains("cannot start")
      ? " (put values that start with [ { * & ! % @ ` in quotes)" : ""
  }
}
