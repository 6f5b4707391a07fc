/// Asks DNS. Tests have responses of their own.
package protocol NameResolver: Sendable {
  /// Blocks, for half a minute where no server of DNS responds.
  ///
  /// - Returns: in any order, perhaps several times the same.
  func servers(_ question: NameQuestion) throws(NameError) -> [FoundServer]
}

/// Why DNS has no response.
package struct NameError: Error, Sendable, Equatable {
  /// For people, on one line.
  package let reason: String

  package init(reason: String) { self.reason = reason }
}
