package import Access

/// Which models a caller may see. A plain value.
package struct ModelVisibility: Sendable {
  private let grant: Grant
  private let namesakes: Namesakes?

  /// - Parameter namesakes: where the key's rules look at all names of a model.
  package init(_ grant: Grant, _ namesakes: Namesakes?) {
    self.grant = grant
    self.namesakes = namesakes
  }

  /// Whether a model is one of them.
  ///
  /// - Parameter name: aliases resolved.
  package func shows(_ name: String) -> Bool { grant.allows(named: name, namesakes) }
}
