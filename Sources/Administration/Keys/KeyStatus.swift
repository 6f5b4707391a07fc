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

extension KeyRecord {
  /// Whether the key is valid at a time.
  package func status(at now: Timestamp) -> KeyStatus {
    if isDisabled { return .disabled }
    return expiresAt.map { $0 <= now } == true ? .expired : .active
  }
}
