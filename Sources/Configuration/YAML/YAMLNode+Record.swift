internal import Access
internal import JSON
internal import Limits

extension YAMLNode {
  /// Members of records that are numbers, and those that are true or false; all else is text, with quotes or without.
  private static let numbers = Set(LimitSet.numbers.map(\.name) + ["weight", "amount"])
  private static let flags: Set<String> = ["custom", "disabled", "may_act_for_users"]

  /// Writes the JSON of a record: YAML does not say whether `60` is a number or a name.
  ///
  /// - Parameter name: of the member whose value this is.
  func encodeRecord(into writer: inout JSONWriter, as name: String? = nil) {
    switch content {
    case .scalar(let scalar): scalar.encodeRecord(into: &writer, as: name)
    case .list(let items):
      writer.array { writer in for item in items { item.encodeRecord(into: &writer) } }
    case .mapping(let pairs):
      writer.object { writer in
        for (key, value) in pairs {
          let member = key.scalar?.text ?? ""
          Array(member.utf8).withUnsafeBytes { writer.key(utf8: $0) }
          // Labels have any names.
          value.encodeRecord(into: &writer, as: name == "labels" ? "labels" : member)
        }
      }
    }
  }

  fileprivate static func isNumber(_ name: String) -> Bool { numbers.contains(name) }
  fileprivate static func isFlag(_ name: String) -> Bool { flags.contains(name) }
}

extension YAMLScalar {
  fileprivate func encodeRecord(into writer: inout JSONWriter, as name: String?) {
    if isNull { return writer.null() }
    if let name, isPlain {
      if YAMLNode.isNumber(name), let number = ValueForm<Int>.integer(0...Int.max).read(text) {
        return writer.integer(number)
      }
      if YAMLNode.isFlag(name), let flag = ValueForm<Bool>.toggle.read(text) { return writer.bool(flag) }
    }
    writer.string(text)
  }
}

extension FilePlace {
  /// Where a member of a record stands that is wrong, by its path: `limits.rpm`.
  func origin(of member: String, in pairs: [(key: YAMLNode, value: YAMLNode)]) -> String {
    guard !member.isEmpty else { return origin }
    let first = member.prefix { $0 != "." && $0 != "[" }
    let key = pairs.first { $0.key.scalar?.text.utf8.elementsEqual(first.utf8) == true }?.key
    return (key.map { self.member(member, line: $0.line) } ?? self.member(member, line: line)).origin
  }
}
