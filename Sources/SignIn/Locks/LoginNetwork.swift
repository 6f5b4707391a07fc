package import System

/// Where somebody signs in from: an address, of IPv6 its network of 64 bits, which is one household.
package struct LoginNetwork: Hashable, Sendable {
  private let kind: UInt8
  private let bits: UInt64

  /// - Parameter address: the client's, as far as it is believed; nil where it is not known: all of those are one.
  package init(_ address: IPAddress?) {
    (kind, bits) =
      switch address {
      case nil: (0, 0)
      case .v4(let bits)?: (4, UInt64(bits))
      case .v6(let network, _)?: (6, network)
      }
  }

  /// As a user's record has it: `192.0.2.7`, `2001:db8::/64`; nil where it is not known, which is nobody's own.
  package var text: String? {
    switch kind {
    case 4: "\(IPAddress.v4(UInt32(truncatingIfNeeded: bits)))"
    case 6: "\(IPAddress.v6(bits, 0))/64"
    default: nil
    }
  }
}
