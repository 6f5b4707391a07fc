public import System

/// The proxies whose word on a request's origin is believed (`X-Forwarded-For` and its like). Anybody can write such a
/// field: of all others it is worth nothing.
///
/// A value type without mutable state: any thread may use it.
public struct TrustedProxies: Sendable {
  private let networks: [IPNetwork]

  /// - Parameter networks: what `--trusted-proxy` says; none by default.
  public init(_ networks: [IPNetwork]) { self.networks = networks }

  /// Is there a trusted proxy at this address?
  public func contains(_ address: IPAddress) -> Bool {
    for network in networks where network.contains(address) { return true }
    return false
  }
}
