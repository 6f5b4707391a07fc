internal import Bytes
public import System

/// A block of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3): `10.0.0.0/8`, `2001:db8::/32`; an address
/// alone is the block of itself.
///
/// A block of IPv4-mapped IPv6 addresses is the IPv4 block that it stands for, as ``IPAddress`` has one value for one host.
public struct IPNetwork: Hashable, Sendable {
  /// The first address of the block.
  public let base: IPAddress
  /// How many leading bits are the block's: 0-32 for IPv4, 0-128 for IPv6.
  public let prefixLength: Int

  /// Reads a block. Nil for anything else, and for one whose base has bits behind the prefix: of `10.0.0.1/8` nobody knows
  /// whether the address was meant or the block.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let base = IPAddress(String(parts[0])) else { return nil }
    let isMapped = base.width == 32 && parts[0].utf8.contains(UInt8(ascii: ":"))
    var length = base.width
    if parts.count == 2 {
      guard let written = Self.length(parts[1]) else { return nil }
      // A block that is larger than that of all mapped addresses has others among it.
      length = isMapped ? written - 96 : written
    }
    guard (0...base.width).contains(length), base.isZero(from: length) else { return nil }
    self.base = base
    prefixLength = length
  }

  /// Does the block hold this address?
  public func contains(_ address: IPAddress) -> Bool {
    switch (base, address) {
    case (.v4(let base), .v4(let bits)): (base ^ bits) & ~0 << (32 - prefixLength) == 0
    case (.v6(let baseUpper, let baseLower), .v6(let upper, let lower)):
      (baseUpper ^ upper) & ~0 << max(0, 64 - prefixLength) == 0
        && (baseLower ^ lower) & ~0 << min(64, 128 - prefixLength) == 0
    default: false
    }
  }

  /// One to three digits without a leading zero.
  private static func length(_ text: Substring) -> Int? {
    guard (1...3).contains(text.utf8.count), text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0")
    else { return nil }
    return text.utf8.decimal
  }
}

extension IPNetwork: CustomStringConvertible {
  /// The canonical text: always with the prefix's length.
  public var description: String { "\(base)/\(prefixLength)" }
}

extension IPAddress {
  /// How many bits the address has.
  fileprivate var width: Int {
    switch self {
    case .v4: 32
    case .v6: 128
    }
  }

  /// Whether all bits behind the first `length` are zero.
  fileprivate func isZero(from length: Int) -> Bool {
    switch self {
    case .v4(let bits): bits & ~(~0 << (32 - length)) == 0
    case .v6(let upper, let lower):
      upper & ~(~0 << max(0, 64 - length)) == 0 && lower & ~(~0 << min(64, 128 - length)) == 0
    }
  }
}
