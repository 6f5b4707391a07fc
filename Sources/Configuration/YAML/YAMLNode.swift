/// A value of a YAML text with all that is in it.
struct YAMLNode: Sendable {
  enum Content: Sendable {
    case scalar(YAMLScalar)
    case list([YAMLNode])
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  let content: Content
  /// Where it begins, from 1.
  let line: Int

  /// Whether it is a mapping, or a list with one.
  var hasMaps: Bool {
    switch content {
    case .scalar: false
    case .mapping: true
    case .list(let items): items.contains { if case .mapping = $0.content { true } else { false } }
    }
  }

  /// Nil for a list or a mapping.
  var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }
}
