package import Access
package import Configuration

/// Whom the settings let in without a key, and to what.
package struct KeylessAccess: Sendable {
  /// `auth`: whether callers without a key are let in.
  package var mode = AccessMode.automatic
  /// Who is where others need a key: `open_to`.
  package var openTo: [OpenCaller] = []
  /// Whether tokens of an issuer are believed: then nobody is let in for there being no key yet.
  package var hasIssuer = false
  /// Whether callers without a key may change the servers' models.
  package var mayManageModels = false

  /// What stands before anything is set.
  package init() {}

  /// Whether keys are looked at: else all is as if there were none, which costs nothing.
  package func looksAtKeys(_ directory: KeyDirectory) -> Bool {
    hasIssuer || !directory.isEmpty || directory.isClosed || mode == .required
  }

  /// Whether a caller without a key is let in.
  package func letsIn(_ place: @autoclosure () -> CallerPlace, _ directory: KeyDirectory) -> Bool {
    switch mode {
    case .open, .optional: return true
    case .automatic where directory.isEmpty && !directory.isClosed && !hasIssuer: return true
    case .automatic, .required: break
    }
    guard !openTo.isEmpty else { return false }
    let place = place()
    return openTo.contains { $0.includes(place.address, isOnThisMachine: place.isOnThisMachine) }
  }

  /// What whoever comes without a key may do, if he is let in.
  package var scopes: Scopes {
    Scopes.anonymous.union(mayManageModels ? [.metrics, .modelsManage] : .metrics)
  }

  /// The same of a caller at a place: before the first key a program of this machine may administer.
  package func scopes(isOnThisMachine: Bool, _ directory: KeyDirectory) -> Scopes {
    isOnThisMachine && !looksAtKeys(directory) ? scopes.union([.adminRead, .admin]) : scopes
  }
}
