package import Glibc

extension IPAddress {
  /// The address and port that a system call has told; nil for another family than IPv4 and IPv6.
  static func read(_ storage: inout sockaddr_storage) -> (address: IPAddress, port: UInt16)? {
    withUnsafeBytes(of: &storage) { bytes in
      switch Int32(bytes.load(as: sockaddr_storage.self).ss_family) {
      case AF_INET:
        let told = bytes.load(as: sockaddr_in.self)
        return (.v4(UInt32(bigEndian: told.sin_addr.s_addr)), UInt16(bigEndian: told.sin_port))
      case AF_INET6:
        let told = bytes.load(as: sockaddr_in6.self)
        return (IPAddress(told.sin6_addr), UInt16(bigEndian: told.sin6_port))
      default: return nil
      }
    }
  }

  /// Calls `body` with the address as the calls of sockets take it.
  package func withSocketAddress<Result, Failure: Error>(
    port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch self {
    case .v4(let bits):
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = bits.bigEndian
      return try withBytes(of: address, body)
    case .v6(let upper, let lower):
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &address.sin6_addr) { bytes in
        bytes.storeBytes(of: upper.bigEndian, as: UInt64.self)
        bytes.storeBytes(of: lower.bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      return try withBytes(of: address, body)
    }
  }

  private init(_ told: in6_addr) {
    self = withUnsafeBytes(of: told) { bytes in
      IPAddress(
        upper: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        lower: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
  }
}

extension Peer {
  /// What accept(2) tells: every peer that has no IP address is one of a UNIX socket.
  package init(of storage: inout sockaddr_storage) {
    self = IPAddress.read(&storage).map { .ip($0.address, port: $0.port) } ?? .unix
  }
}

extension SocketAddress {
  /// Bytes of the longest path of a UNIX socket (unix(7)): a zero byte follows it.
  package static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

  /// Calls `body` with the address of a UNIX socket as the calls of sockets take it.
  ///
  /// - Parameter path: of ``longestPath`` bytes at most.
  package static func withSocketAddress<Result, Failure: Error>(
    path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    precondition(path.utf8.count <= longestPath, "the path of a UNIX socket is too long: \(path)")
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return try withBytes(of: address, body)
  }
}

private func withBytes<Address, Result, Failure: Error>(
  of address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> Result
) throws(Failure) -> Result {
  try withUnsafePointer(to: address) { pointer throws(Failure) in
    try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address throws(Failure) in
      try body(address, socklen_t(MemoryLayout<Address>.size))
    }
  }
}
