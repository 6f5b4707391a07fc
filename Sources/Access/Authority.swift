public import System

/// The host and the optional port of a Host header or a URL (RFC 9110 section 7.2, RFC 3986 section 3.2), read
/// strictly and made canonical, so that two spellings of one host compare equal.
public struct Authority: Hashable, Sendable {
  /// A host is an address or a name.
  public enum Host: Hashable, Sendable {
    /// A DNS name in lower case without its trailing dot: 1-253 of `a-z 0-9 - _ .`.
    case name(String)
    /// An IPv4 or IPv6 address.
    case address(IPAddress)
  }

  /// The host, canonical.
  public let host: Host
  /// The port, nil when none is written (an empty one counts as none).
  public let port: UInt16?

  /// An authority from its parts.
  public init(host: Host, port: UInt16?) {
    self.host = host
    self.port = port
  }
}

extension Authority.Host {
  /// Does it mean this machine, whatever DNS says: 127.0.0.0/8, ::1, `localhost` and the names under it (RFC 6761
  /// section 6.3)?
  public var isLoopback: Bool {
    switch self {
    case .address(let address): address.isLoopback
    case .name(let name): name == "localhost" || name.hasSuffix(".localhost")
    }
  }
}

extension Authority.Host: CustomStringConvertible {
  /// As a URL has it: an IPv6 address stands in brackets.
  public var description: String {
    switch self {
    case .name(let name): name
    case .address(let address): address.urlHost
    }
  }
}

extension Authority: CustomStringConvertible {
  /// `host` or `host:port`.
  public var description: String { port.map { "\(host):\($0)" } ?? "\(host)" }
}
