/// An IPv4 or IPv6 address as a value, read and written without the C library.
///
/// An IPv4-mapped IPv6 address (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2) is held as the IPv4 address it stands
/// for, so that one host has one value.
public enum IPAddress: Hashable, Sendable {
  /// An IPv4 address, most significant byte first: `127.0.0.1` is `0x7F000001`.
  case v4(UInt32)
  /// An IPv6 address: its upper and its lower 64 bits.
  case v6(UInt64, UInt64)
}

extension IPAddress {
  /// The address of 128 bits, which may be an IPv4 address that is mapped.
  init(upper: UInt64, lower: UInt64) {
    let isMapped = upper == 0 && lower >> 32 == 0xFFFF
    self = isMapped ? .v4(UInt32(truncatingIfNeeded: lower)) : .v6(upper, lower)
  }

  /// 127.0.0.0/8 and ::1.
  public var isLoopback: Bool {
    switch self {
    case .v4(let bits): bits >> 24 == 127
    case .v6(let upper, let lower): upper == 0 && lower == 1
    }
  }

  /// What no host of the Internet has: RFC 1918, RFC 4193 (fc00::/7) and link-local addresses (RFC 3927, fe80::/10).
  public var isPrivate: Bool {
    switch self {
    case .v4(let bits):
      bits >> 24 == 10 || bits >> 20 == 0xAC1 || bits >> 16 == 0xC0A8 || bits >> 16 == 0xA9FE
    case .v6(let upper, _): upper >> 57 == 0x7E || upper >> 54 == 0x3FA
    }
  }

  /// 0.0.0.0 and ::, which a listener takes for "every address of this machine".
  public var isUnspecified: Bool {
    switch self {
    case .v4(let bits): bits == 0
    case .v6(let upper, let lower): upper == 0 && lower == 0
    }
  }

  /// The bytes in network order: 4 of them or 16.
  public var bytes: [UInt8] {
    switch self {
    case .v4(let bits): (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0)) }
    case .v6(let upper, let lower):
      [upper, lower].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }
  }
}
