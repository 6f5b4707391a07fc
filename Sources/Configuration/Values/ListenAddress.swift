internal import Access
public import System

/// Where a listening socket is bound.
public enum ListenAddress: Hashable, Sendable {
  /// One IPv4 address. Port 0 lets the kernel choose.
  case ipv4(IPAddress, port: UInt16)
  /// One IPv6 address, IPv6 alone (`IPV6_V6ONLY` on): `[::]` does not take IPv4's port too.
  case ipv6(IPAddress, port: UInt16)
  /// Every address of the machine, by one IPv6 socket that takes IPv4 as well (`IPV6_V6ONLY` off), or by an IPv4 socket
  /// where the kernel has no IPv6.
  case any(port: UInt16)
  /// A Unix domain socket (unix(7)) at a path of 1-107 bytes.
  case unix(path: String)
}

extension ListenAddress {
  /// The gateway's port.
  public static let standardPort: UInt16 = 10200

  /// Where the gateway listens unless somebody says else: for this machine alone.
  public static let standard = ListenAddress.ipv4(standardHost, port: standardPort)

  /// The host of ``standard``.
  public static let standardHost = IPAddress.v4(0x7F00_0001)

  /// The most bytes of a socket's path: `sun_path` of unix(7) without its closing NUL.
  public static let longestPath = 107

  /// Reads `ADDR:PORT`, `[V6ADDR]:PORT`, `:PORT` (every address), `localhost:PORT` (127.0.0.1), `unix:PATH`.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard (1...Self.longestPath).contains(path.utf8.count), !path.utf8.contains(0) else { return nil }
      self = .unix(path: path)
    } else if text.hasPrefix(":") {
      guard let port = Authority("x" + text)?.port else { return nil }
      self = .any(port: port)
    } else {
      guard let authority = Authority(text), let port = authority.port else { return nil }
      switch authority.host {
      case .name("localhost"): self = .ipv4(.v4(0x7F00_0001), port: port)
      case .name: return nil
      case .address(let address):
        if case .v4 = address { self = .ipv4(address, port: port) } else { self = .ipv6(address, port: port) }
      }
    }
  }
}

extension ListenAddress: CustomStringConvertible {
  /// The text that reads back as this address.
  public var description: String {
    switch self {
    case .ipv4(let address, let port), .ipv6(let address, let port): "\(address.urlHost):\(port)"
    case .any(let port): ":\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}
