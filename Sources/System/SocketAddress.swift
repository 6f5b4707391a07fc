package import Glibc

/// Where a server listens.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// A numeric IPv4 or IPv6 address, or a host name, and a port; port 0 is any free one.
  case tcp(host: String, port: UInt16)
  /// Every address of the machine: one IPv6 socket that takes IPv4 as well.
  case any(port: UInt16)
  /// The path of a socket in the file system, at most 107 bytes.
  case unix(path: String)

  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .any(let port): ":\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}

extension SocketAddress {
  /// What stands for the address of a UNIX peer.
  package static let unixPeer = "unix"

  /// What getsockname(2) answers; nil for other families. A name of the abstract namespace begins with `@`.
  package init?(of storage: inout sockaddr_storage, length: Int) {
    switch Int32(storage.ss_family) {
    case AF_INET:
      self = withUnsafeBytes(of: &storage) { bytes in
        let address = bytes.load(as: sockaddr_in.self)
        return .tcp(
          host: SocketAddress.text(of: address.sin_addr, AF_INET), port: UInt16(bigEndian: address.sin_port))
      }
    case AF_INET6:
      self = withUnsafeBytes(of: &storage) { bytes in
        let address = bytes.load(as: sockaddr_in6.self)
        return .tcp(
          host: SocketAddress.text(of: address.sin6_addr, AF_INET6),
          port: UInt16(bigEndian: address.sin6_port))
      }
    case AF_UNIX:
      let start = MemoryLayout.offset(of: \sockaddr_un.sun_path)!
      let path = withUnsafeBytes(of: &storage) { bytes in
        let name = bytes[start..<max(start, min(length, bytes.count))]
        // A path ends with a zero byte, an abstract name begins with one.
        return name.first == 0
          ? "@" + String(decoding: name.dropFirst(), as: UTF8.self)
          : String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
      }
      self = .unix(path: path)
    default: return nil
    }
  }

  /// The address of a peer, for logs: a UNIX peer has none.
  package static func description(of storage: inout sockaddr_storage) -> String {
    switch Int32(storage.ss_family) {
    case AF_INET:
      return withUnsafeBytes(of: &storage) { bytes in
        let address = bytes.load(as: sockaddr_in.self)
        return "\(text(of: address.sin_addr, AF_INET)):\(UInt16(bigEndian: address.sin_port))"
      }
    case AF_INET6:
      return withUnsafeBytes(of: &storage) { bytes in
        let address = bytes.load(as: sockaddr_in6.self)
        return "[\(text(of: address.sin6_addr, AF_INET6))]:\(UInt16(bigEndian: address.sin6_port))"
      }
    default: return unixPeer
    }
  }

  private static func text<Address>(of address: Address, _ family: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
      withUnsafeBytes(of: address) { bytes in
        guard inet_ntop(family, bytes.baseAddress, buffer.baseAddress!, socklen_t(buffer.count)) != nil
        else { return "?" }
        return String(cString: buffer.baseAddress!)
      }
    }
  }
}
