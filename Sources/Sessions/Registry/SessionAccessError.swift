/// Why a session is not for the caller.
public enum SessionAccessError: Error, Equatable, Sendable {
  /// The caller has no session of this name (404).
  case unknown
  /// The caller may read it and take part in it, and this is its owner's to do (403).
  case notOwner
}
