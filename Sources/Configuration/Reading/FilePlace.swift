/// Where in the file a value stands, for messages: `PATH:LINE: KEY`, with the keys of the maps that it is in.
struct FilePlace: Sendable {
  private let path: String
  private let key: String
  let line: Int

  init(path: String, key: String, line: Int) {
    self.path = path
    self.key = key
    self.line = line
  }

  /// `PATH:LINE: KEY`.
  var origin: String { "\(path.escapedForMessage):\(line): \(key)" }

  /// The same key, on another line.
  func at(_ line: Int) -> FilePlace { FilePlace(path: path, key: key, line: line) }

  /// A key of a map here.
  func member(_ name: String, line: Int) -> FilePlace {
    FilePlace(path: path, key: "\(key).\(name)", line: line)
  }

  /// The value of a form at a node.
  func value<Value>(of node: YAMLNode, _ form: ValueForm<Value>) throws(ConfigurationError) -> Value {
    guard let scalar = node.scalar, !scalar.isNull else {
      throw .wrongKind(node.kind, at: origin, takes: form.takes)
    }
    guard let value = form.read(scalar.text) else {
      throw .badValue(form.shown(scalar.text), at: origin, takes: form.takes)
    }
    return value
  }

  /// The members of a map, each key once and each one of `names`.
  func members(
    of pairs: [(key: YAMLNode, value: YAMLNode)], among names: [String]
  ) throws(ConfigurationError) -> [(name: String, key: YAMLNode, value: YAMLNode)] {
    var members: [(name: String, key: YAMLNode, value: YAMLNode)] = []
    for (key, value) in pairs {
      let place = at(key.line)
      guard let text = key.scalar?.text, let name = names.first(where: { $0.utf8.elementsEqual(text.utf8) })
      else {
        throw .unknown("key", key.scalar?.text ?? key.kind, at: place.origin + ": ", among: names)
      }
      guard !members.contains(where: { $0.name == name }) else {
        throw .misplaced(member(name, line: key.line).origin, "stands there twice")
      }
      members.append((name, key, value))
    }
    return members
  }
}

extension YAMLNode {
  /// What it is, for messages.
  var kind: String {
    switch content {
    case .scalar(let scalar): scalar.isNull ? "empty" : "a value"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }
}
