/// Makes a tree of a YAML text that is one document, without anchors and aliases (a few lines of which stand for
/// gigabytes) and not deeply nested: what no configuration of ours needs.
///
/// It stops at the first event that goes too far. libyaml has by then read a thousand bytes more at most, and takes time
/// and memory in proportion to them; how large the text may be, ``ConfigurationFile/limit`` bounds.
struct YAMLComposer: ~Copyable {
  /// The most values that are in one another.
  static let deepest = 64

  private var events: YAMLEvents

  private init(_ text: String) throws(YAMLError) { events = try YAMLEvents(of: text) }

  /// The document's value; nil for a text that has none.
  static func root(of text: String) throws(YAMLError) -> YAMLNode? {
    var composer = try YAMLComposer(text)
    return try composer.root()
  }

  private mutating func root() throws(YAMLError) -> YAMLNode? {
    try skip()  // the stream's start
    guard try events.next().kind == .documentStart else { return nil }
    let root = try node(events.next(), depth: 1)
    try skip()  // the document's end
    let next = try events.next()
    guard next.kind == .streamEnd else { throw .secondDocument(line: next.line) }
    return root
  }

  private mutating func skip() throws(YAMLError) { _ = try events.next() }

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> YAMLNode {
    guard !event.hasAnchor else { throw .reference(line: event.line) }
    guard depth <= Self.deepest else { throw .tooDeep(line: event.line) }
    let content: YAMLNode.Content
    switch event.kind {
    case .scalar(let scalar): content = .scalar(scalar)
    case .listStart: content = .list(try list(depth: depth))
    case .mappingStart: content = .mapping(try mapping(depth: depth))
    // No other event stands for a value than an alias.
    default: throw .reference(line: event.line)
    }
    return YAMLNode(content: content, line: event.line)
  }

  private mutating func list(depth: Int) throws(YAMLError) -> [YAMLNode] {
    var items: [YAMLNode] = []
    var event = try events.next()
    while event.kind != .listEnd {
      items.append(try node(event, depth: depth + 1))
      event = try events.next()
    }
    return items
  }

  private mutating func mapping(depth: Int) throws(YAMLError) -> [(key: YAMLNode, value: YAMLNode)] {
    var pairs: [(key: YAMLNode, value: YAMLNode)] = []
    var event = try events.next()
    while event.kind != .mappingEnd {
      let key = try node(event, depth: depth + 1)
      pairs.append((key, try node(events.next(), depth: depth + 1)))
      event = try events.next()
    }
    return pairs
  }
}
