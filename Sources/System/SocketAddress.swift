package import Glibc

/// Where a server listens.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// A numeric IPv4 or IPv6 address, or a host name, and a port; port 0 is any free one.
  case tcp(host: String, port: UInt16)
  /// Every address of the machine: one IPv6 socket that takes IPv4 as well.
  case any(port: UInt16)
  /// The path of a socket in the file system, at most 107 bytes.
  case unix(path: String)

  /// As a log has it: `127.0.0.1:80`, `[::1]:80`, `:80` or `unix:/run/x`.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .any(let port): ":\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}

extension SocketAddress {
  /// The address that the socket is bound to, unspecified for "every address"; nil for a UNIX socket, and for a name.
  package var ip: IPAddress? {
    switch self {
    case .tcp(let host, _): IPAddress(host)
    case .any: .v6(0, 0)
    case .unix: nil
    }
  }

  /// Whether other machines may connect to it. What a proxy on this one passes on a socket cannot know.
  package var reachesOtherMachines: Bool { ip?.isLoopback == false }
}

extension SocketAddress {
  /// What getsockname(2) returns; nil for other families. A name of the abstract namespace begins with `@`.
  ///
  /// - Parameter length: how many bytes of the address it has told.
  package init?(of storage: inout sockaddr_storage, length: Int) {
    if let (address, port) = IPAddress.read(&storage) {
      self = .tcp(host: address.description, port: port)
      return
    }
    guard Int32(storage.ss_family) == AF_UNIX else { return nil }
    let start = MemoryLayout.offset(of: \sockaddr_un.sun_path)!
    let path = withUnsafeBytes(of: &storage) { bytes in
      let name = bytes[start..<max(start, min(length, bytes.count))]
      // A path ends with a zero byte, an abstract name begins with one.
      return name.first == 0
        ? "@" + String(decoding: name.dropFirst(), as: UTF8.self)
        : String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }
    self = .unix(path: path)
  }
}
