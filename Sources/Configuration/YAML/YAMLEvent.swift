/// What a YAML text has next.
struct YAMLEvent {
  enum Kind: Equatable {
    case streamStart, streamEnd
    case documentStart, documentEnd
    case scalar(YAMLScalar)
    case alias
    case listStart, listEnd
    /// Its keys and values come in turn.
    case mappingStart, mappingEnd
  }

  let kind: Kind
  /// Whether an alias may stand for it elsewhere.
  let hasAnchor: Bool
  /// Where it begins, from 1.
  let line: Int
}
