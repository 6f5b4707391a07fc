/// The settings of a YAML file: a mapping of keys to a value or a list of values.
struct ConfigurationFile {
  /// One key of the file with its values as text.
  struct Entry {
    let setting: Setting
    let content: Content
    /// Where it stands, for messages: `PATH:LINE: KEY`.
    let origin: String
  }

  /// What an entry says.
  enum Content {
    case texts([String])
    /// With maps in it, which the setting takes.
    case maps(YAMLNode, FilePlace)
  }

  /// The largest file that is read, in bytes.
  static let limit = 1 << 20

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
    let root = try Self.root(of: text, path: path)
    guard let root, root.scalar?.isNull != true else {
      entries = []
      return
    }
    guard case .mapping(let pairs) = root.content else {
      throw .file(path, line: root.line, "takes a mapping of keys to values, such as \"workers: 2\"")
    }
    try Self.refuseTwice(pairs.map(\.key), path: path)
    var entries: [Entry] = []
    for (key, value) in pairs { entries.append(try Self.entry(key, value, path: path)) }
    self.entries = entries
  }

  private static func root(of text: String, path: String) throws(ConfigurationError) -> YAMLNode? {
    do {
      return try YAMLComposer.root(of: text)
    } catch {
      throw error.configurationError(path: path)
    }
  }

  private static func refuseTwice(_ keys: [YAMLNode], path: String) throws(ConfigurationError) {
    var lines: [String: Int] = [:]
    for key in keys {
      guard let name = key.scalar?.text else { continue }
      if let line = lines.updateValue(key.line, forKey: name) {
        throw .file(path, line: line, "the key \(name.quotedForMessage) stands there twice")
      }
    }
  }

  private static func entry(
    _ key: YAMLNode, _ value: YAMLNode, path: String
  ) throws(ConfigurationError) -> Entry {
    let place = "\(path.escapedForMessage):\(key.line): "
    guard let name = key.scalar?.text else {
      throw .file(path, line: key.line, "a key is a list or a mapping: takes the name of a setting")
    }
    guard let setting = Setting.named(name) else {
      throw .unknown("key", name, at: place, among: Setting.all.map(\.key))
    }
    let origin = place + setting.key
    if setting.applyMaps != nil, value.hasMaps {
      let content = Content.maps(value, FilePlace(path: path, key: setting.key, line: key.line))
      return Entry(setting: setting, content: content, origin: origin)
    }
    return Entry(setting: setting, content: .texts(try texts(value, setting, origin)), origin: origin)
  }

  private static func texts(
    _ value: YAMLNode, _ setting: Setting, _ origin: String
  ) throws(ConfigurationError) -> [String] {
    switch value.content {
    case .scalar(let scalar): return [try text(scalar, setting, origin)]
    case .list(let items):
      guard setting.shape == .list else { throw .wrongKind("a list", at: origin, takes: setting.takes) }
      var values: [String] = []
      for item in items {
        guard let scalar = item.scalar else {
          throw .wrongKind("a list of lists or mappings", at: origin, takes: "a list, each \(setting.takes)")
        }
        values.append(try text(scalar, setting, origin))
      }
      return values
    case .mapping: throw .wrongKind("a mapping", at: origin, takes: setting.takes)
    }
  }

  private static func text(
    _ scalar: YAMLScalar, _ setting: Setting, _ origin: String
  ) throws(ConfigurationError) -> String {
    if scalar.isNull { throw .wrongKind("empty", at: origin, takes: setting.takes) }
    return scalar.text
  }
}
