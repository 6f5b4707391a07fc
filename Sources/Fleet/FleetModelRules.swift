/// Which models a server may be asked for, by globs over canonical names: `*` is any bytes, everything else is itself.
package struct FleetModelRules: Sendable, Equatable {
  /// Empty: all.
  package var allow: [String]
  /// Goes before ``allow``.
  package var deny: [String]

  package init(allow: [String] = [], deny: [String] = []) {
    self.allow = allow
    self.deny = deny
  }

  /// - Parameter name: canonical.
  package func allows(_ name: String) -> Bool {
    if deny.contains(where: { Self.matches(name.utf8, $0.utf8) }) { return false }
    return allow.isEmpty || allow.contains { Self.matches(name.utf8, $0.utf8) }
  }

  /// Goes back to the last star alone, so that the work is at most the product of the two lengths.
  private static func matches(_ name: String.UTF8View, _ glob: String.UTF8View) -> Bool {
    var place = name.startIndex
    var rule = glob.startIndex
    var retry: (rule: String.Index, place: String.Index)?
    while place < name.endIndex {
      if rule < glob.endIndex, glob[rule] == UInt8(ascii: "*") {
        rule = glob.index(after: rule)
        retry = (rule, place)
      } else if rule < glob.endIndex, glob[rule] == name[place] {
        rule = glob.index(after: rule)
        place = name.index(after: place)
      } else if let last = retry {
        place = name.index(after: last.place)
        retry = (last.rule, place)
        rule = last.rule
      } else {
        return false
      }
    }
    return glob[rule...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
