import Yams

/// The settings of a YAML file: a mapping of keys to a value or a list of values.
struct ConfigurationFile {
  /// One key of the file with its values as text.
  struct Entry {
    let setting: Setting
    let values: [String]
    /// Where it stands, for messages: `PATH:LINE: KEY`.
    let origin: String
  }

  /// The largest file that is read, in bytes.
  static let limit = 1 << 20

  let path: String
  let entries: [Entry]

  /// Reads and checks a file. Blocks; for the start and a reload only.
  init(path: String) throws(ConfigurationError) {
    let text: String
    do {
      text = try BoundedFile.read(path, limit: Self.limit)
    } catch {
      throw .file(path, error.problem)
    }
    try self.init(path: path, text: text)
  }

  /// The same, or nil where there is no such file.
  init?(ifPresent path: String) throws(ConfigurationError) {
    let text: String
    do {
      text = try BoundedFile.read(path, limit: Self.limit)
    } catch {
      if error.isMissing { return nil }
      throw .file(path, error.problem)
    }
    try self.init(path: path, text: text)
  }

  /// Checks a file's text.
  init(path: String, text: String) throws(ConfigurationError) {
    self.path = path
    if let problem = YAMLGuard.problem(in: text) { throw .file(path, line: problem.line, problem.text) }
    let root = try Self.compose(text, path: path)
    guard let root, !Self.isNull(root.scalar) else {
      entries = []
      return
    }
    guard case .mapping(let mapping) = root else {
      throw .file(path, line: root.mark?.line, "takes a mapping of keys to values, such as \"workers: 2\"")
    }
    var entries: [Entry] = []
    for (key, value) in mapping { entries.append(try Self.entry(key, value, path: path)) }
    self.entries = entries
  }

  private static func compose(_ text: String, path: String) throws(ConfigurationError) -> Node? {
    do {
      return try Yams.compose(yaml: text, .default, .default, .utf8)
    } catch {
      throw YAMLProblem(error).configurationError(path: path)
    }
  }

  private static func entry(_ key: Node, _ value: Node, path: String) throws(ConfigurationError) -> Entry {
    let place = "\(path.escapedForMessage):\(key.mark?.line ?? 1): "
    guard let name = key.scalar?.string else {
      throw .file(path, line: key.mark?.line, "a key is a list or a mapping: takes the name of a setting")
    }
    guard let setting = Setting.named(name) else {
      throw .unknown("key", name, at: place, among: Setting.all.map(\.key))
    }
    let origin = place + setting.key
    switch value {
    case .scalar(let scalar):
      return Entry(setting: setting, values: [try text(scalar, setting, origin)], origin: origin)
    case .sequence(let sequence):
      guard setting.shape == .list else { throw .wrongKind("a list", at: origin, takes: setting.takes) }
      var values: [String] = []
      for item in sequence {
        guard case .scalar(let scalar) = item else {
          throw .wrongKind("a list of lists or mappings", at: origin, takes: "a list, each \(setting.takes)")
        }
        values.append(try text(scalar, setting, origin))
      }
      return Entry(setting: setting, values: values, origin: origin)
    case .mapping: throw .wrongKind("a mapping", at: origin, takes: setting.takes)
    case .alias: throw .wrongKind("an alias", at: origin, takes: setting.takes)
    }
  }

  private static func text(
    _ scalar: Node.Scalar, _ setting: Setting, _ origin: String
  ) throws(ConfigurationError) -> String {
    if isNull(scalar) { throw .wrongKind("empty", at: origin, takes: setting.takes) }
    return scalar.string
  }

  private static func isNull(_ scalar: Node.Scalar?) -> Bool {
    guard let scalar, scalar.style == .plain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
