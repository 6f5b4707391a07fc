package import Glibc

/// The address of a connection's other end, without its port.
public enum PeerAddress: Hashable, Sendable {
  /// An IPv4 address, most significant byte first; that of an IPv4-mapped IPv6 address as well.
  case v4(UInt32)
  /// The upper and the lower 64 bits of an IPv6 address.
  case v6(UInt64, UInt64)
  /// A UNIX socket's peer has none.
  case unix

  /// What accept(2) tells.
  package init(of storage: inout sockaddr_storage) {
    switch Int32(storage.ss_family) {
    case AF_INET:
      self = withUnsafeBytes(of: &storage) {
        .v4(UInt32(bigEndian: $0.load(as: sockaddr_in.self).sin_addr.s_addr))
      }
    case AF_INET6:
      let (upper, lower) = withUnsafeBytes(of: &storage) { bytes in
        withUnsafeBytes(of: bytes.load(as: sockaddr_in6.self).sin6_addr) {
          (
            UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
          )
        }
      }
      let isMapped = upper == 0 && lower >> 32 == 0xFFFF
      self = isMapped ? .v4(UInt32(truncatingIfNeeded: lower)) : .v6(upper, lower)
    default: self = .unix
    }
  }
}
