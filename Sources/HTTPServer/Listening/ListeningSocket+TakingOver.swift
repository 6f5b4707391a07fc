internal import CLinux
internal import Glibc
internal import System

extension ListeningSocket {
  /// Takes over a stream socket that listens already, such as one that a service manager has opened. From here on the
  /// descriptor is this value's.
  ///
  /// - Throws: if it is not open, or no socket of TCP or UNIX that listens.
  public init(takingOver descriptor: Int32) throws(ListenError) {
    do throws(SystemCallError) {
      guard try ListeningSocket.option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue),
        try ListeningSocket.option(descriptor, SO_ACCEPTCONN) == 1
      else { throw SystemCallError(call: "getsockopt", code: ENOTSUP) }
      let address = try ListeningSocket.address(of: descriptor)
      try ListeningSocket.prepare(descriptor, at: address)
      self.init(takingOver: descriptor, at: address)
    } catch {
      throw ListenError(description: "cannot take over descriptor \(descriptor) to listen on: \(error)")
    }
  }

  /// What a socket of our own is made with.
  private static func prepare(_ descriptor: Int32, at address: SocketAddress) throws(SystemCallError) {
    let flags = try systemCall("fcntl") { fcntl(descriptor, F_GETFL) }!
    try systemCall("fcntl") { fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
    try systemCall("fcntl") { fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    if case .unix = address { return }
    try set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
    try set(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, to: unsentLimit)
  }

  private static func option(_ descriptor: Int32, _ name: Int32) throws(SystemCallError) -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    try systemCall("getsockopt") { getsockopt(descriptor, SOL_SOCKET, name, &value, &length) }
    return value
  }

  private static func address(of descriptor: Int32) throws(SystemCallError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    try systemCall("getsockname") {
      withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
      }
    }
    guard let address = SocketAddress(of: &storage, length: Int(length)) else {
      throw SystemCallError(call: "getsockname", code: EAFNOSUPPORT)
    }
    // A socket of every IPv6 address takes IPv4 as well, unless told not to.
    if case .tcp("::", let port) = address {
      var isIPv6Only: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      try systemCall("getsockopt") {
        getsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isIPv6Only, &length)
      }
      if isIPv6Only == 0 { return .any(port: port) }
    }
    return address
  }
}
