public import System

/// What the bounds by client take for one client: an IPv4 address, or the 64 bits of an IPv6 address that name its link.
/// Who has one address of a link may have all of them (RFC 4291 section 2.5.4, RFC 8981).
public enum ClientNetwork: Hashable, Sendable {
  /// An IPv4 address, most significant byte first; that of an IPv4-mapped IPv6 address as well.
  case v4(UInt32)
  /// The upper 64 bits of an IPv6 address.
  case v6(UInt64)

  /// That of a client at this address.
  public init(_ address: IPAddress) {
    switch address {
    case .v4(let bits): self = .v4(bits)
    case .v6(let upper, _): self = .v6(upper)
    }
  }
}
