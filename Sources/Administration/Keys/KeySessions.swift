internal import Access
internal import Sessions

// A key that is given a user takes its sessions to him.
extension Administration {
  /// The change of the key has ordered it: what was said by it while it was nobody's is its user's from now on, where an answer is under way
  /// as soon as that has ended.
  func handOverSessions(after edit: KeyEdit, in registry: SessionRegistry) {
    guard edit.newUser != nil else { return }
    Task { await registry.carryOutAdoptions() }
  }
}
