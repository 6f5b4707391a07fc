/// Why a session is not for a principal.
public enum SessionAccessError: Error, Equatable, Sendable {
  /// The principal has no session of this name (404).
  case unknown
  /// The principal may read it and take part in it, and this is its owner's to do (403).
  case notOwner
  /// The store cannot be read, or did not take it (503).
  case store
}
