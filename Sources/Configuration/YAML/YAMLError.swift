/// What is wrong with a YAML text, in one line.
struct YAMLError: Error, Equatable {
  /// Where, if that is known.
  let line: Int?
  let text: String
}

extension YAMLError {
  static let noMemory = YAMLError(line: nil, text: "there is no memory to read the file")

  /// An error of libyaml's.
  static func notYAML(_ problem: String, line: Int?) -> YAMLError {
    YAMLError(line: line, text: "not YAML: \(problem)" + hint(problem))
  }

  static func reference(line: Int) -> YAMLError {
    YAMLError(line: line, text: "anchors and aliases are not taken: put & and * in quotes")
  }

  static func tooDeep(line: Int) -> YAMLError {
    YAMLError(line: line, text: "nested too deeply: takes keys with a value or a list of values")
  }

  static func secondDocument(line: Int) -> YAMLError {
    YAMLError(line: line, text: "takes one document, and here a second one begins")
  }

  func configurationError(path: String) -> ConfigurationError { .file(path, line: line, text) }

  /// `[::1]:10200` and `*` mean something else to YAML.
  private static func hint(_ problem: String) -> String {
    problem.contains("expected") || problem.contains("cannot start")
      ? " (put values that start with [ { * & ! % @ ` in quotes)" : ""
  }
}
