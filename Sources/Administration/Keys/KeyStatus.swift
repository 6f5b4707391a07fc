package import Access
package import System

/// Whether a key is valid now.
package enum KeyStatus: String, CaseIterable, Sendable {
  case active
  case disabled
  case expired

  /// LiteLLM's word for it.
  var litellm: String {
    switch self {
    case .active: "active"
    case .disabled: "revoked"
    case .expired: "expired"
    }
  }
}

extension KeyDirectory {
  /// Whether a key of it is valid at a time: one of a disabled user is not.
  package func status(of key: KeyRecord, at now: Timestamp) -> KeyStatus {
    if key.isDisabled || key.user.flatMap(user(named:))?.user?.isDisabled == true { return .disabled }
    return key.expiresAt.map { $0 <= now } == true ? .expired : .active
  }
}
