internal import Bytes

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
    if deny.contains(where: { Glob.matches(name.utf8, $0.utf8) }) { return false }
    return allow.isEmpty || allow.contains { Glob.matches(name.utf8, $0.utf8) }
  }
}
