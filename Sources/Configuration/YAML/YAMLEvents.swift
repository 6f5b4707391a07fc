import CYAML

/// The events of a YAML text in order, by libyaml. It keeps what is open in memory of its own: nesting costs no stack.
struct YAMLEvents: ~Copyable {
  /// It has pointers into itself and into the text: neither moves.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>

  init(of text: String) throws(YAMLError) {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      throw .noMemory
    }
    self.parser = parser
    self.text = .allocate(capacity: text.utf8.count)
    _ = self.text.initialize(from: text.utf8)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, self.text.baseAddress, self.text.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    text.deallocate()
  }

  /// The next event; the end of the stream is the last.
  mutating func next() throws(YAMLError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw problem }
    defer { yaml_event_delete(&event) }
    return YAMLEvent(
      kind: Self.kind(of: event), hasAnchor: Self.hasAnchor(event), line: event.start_mark.line + 1)
  }

  private static func hasAnchor(_ event: yaml_event_t) -> Bool {
    switch event.type {
    case YAML_SCALAR_EVENT: event.data.scalar.anchor != nil
    case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.anchor != nil
    case YAML_MAPPING_START_EVENT: event.data.mapping_start.anchor != nil
    default: false
    }
  }

  private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
    switch event.type {
    case YAML_STREAM_START_EVENT: .streamStart
    case YAML_DOCUMENT_START_EVENT: .documentStart
    case YAML_DOCUMENT_END_EVENT: .documentEnd
    case YAML_SCALAR_EVENT: .scalar(scalar(of: event))
    case YAML_ALIAS_EVENT: .alias
    case YAML_SEQUENCE_START_EVENT: .listStart
    case YAML_SEQUENCE_END_EVENT: .listEnd
    case YAML_MAPPING_START_EVENT: .mappingStart
    case YAML_MAPPING_END_EVENT: .mappingEnd
    default: .streamEnd
    }
  }

  private static func scalar(of event: yaml_event_t) -> YAMLScalar {
    let scalar = event.data.scalar
    let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    return YAMLScalar(
      text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
  }

  /// What libyaml says that it was at.
  private static let referenceContexts = ["while scanning an alias", "while scanning an anchor"]

  /// Why there is no next event.
  private var problem: YAMLError {
    guard let words = parser.pointee.problem else { return .noMemory }
    // Characters that YAML does not take are found while they are read ahead: the mark is not theirs.
    let isRead = parser.pointee.error == YAML_READER_ERROR
    let line = parser.pointee.problem_mark.line + 1
    // One that has no proper name.
    if let context = parser.pointee.context, Self.referenceContexts.contains(String(cString: context)) {
      return .reference(line: line)
    }
    return .notYAML(String(cString: words), line: isRead ? nil : line)
  }
}
