internal import Access

/// The aliases of a file.
extension ModelAlias {
  /// The most aliases.
  static let limit = 1000

  /// The first that has the name of one before it.
  static func double(in aliases: [ModelAlias]) -> ModelAlias? {
    var names: Set<String> = []
    return aliases.first { !names.insert($0.name.canonical).inserted }
  }

  /// Reads a map of names to models.
  static func map(_ node: YAMLNode, at place: FilePlace) throws(ConfigurationError) -> [ModelAlias] {
    let nameTakes =
      "a model's name with or without *, 1-255 of A-Z a-z 0-9 . _ - : / @ *, without a key in it"
    guard case .mapping(let pairs) = node.content else {
      throw .wrongKind("a list of maps", at: place.origin, takes: "one map of names to models")
    }
    guard pairs.count <= limit else {
      throw .badValue("\(pairs.count) names", at: place.origin, takes: "at most \(limit)")
    }
    var aliases: [ModelAlias] = []
    for (key, value) in pairs {
      let there = place.at(key.line)
      guard let text = key.scalar?.text, let name = ModelGlob(text), ModelAlias.isName(text) else {
        throw .badValue(
          key.scalar.map { KeyRedaction.text($0.text) } ?? key.kind, at: there.origin, takes: nameTakes)
      }
      aliases.append(
        ModelAlias(name: name, model: try place.member(text, line: key.line).value(of: value, .model)))
    }
    if let twice = double(in: aliases) {
      throw .badValue(
        twice.name.text, at: place.origin, takes: "each name once; one without a tag has :latest")
    }
    return aliases
  }
}
