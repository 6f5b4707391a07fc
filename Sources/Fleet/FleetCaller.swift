package import System

/// Who asks: whose turn it is among those that wait, and by what people know it. Nothing of it is a secret.
package enum FleetCaller: Hashable, Sendable {
  /// By a key that is nobody's in particular: the public part of its text, as numbers.
  case key(UInt64, UInt32)
  case user(String)
  /// Whom a key names that acts for others.
  case keyUser(UInt64, UInt32, String)
  /// Whom a trusted proxy names.
  case proxyUser(String)
  /// Without a key, from where it comes as far as that is believed; nil where it is not told.
  case address(IPAddress?)

  /// What tells it from others. A network of 64 bits is one household.
  package var flow: UInt64 {
    switch self {
    case .address(nil): return 0
    case .address(.v4(let address)?): return UInt64(address)
    case .address(.v6(let network, _)?): return network
    case .key, .user, .keyUser, .proxyUser:
      var hasher = Hasher()
      hasher.combine(self)
      return UInt64(bitPattern: Int64(hasher.finalize()))
    }
  }
}
