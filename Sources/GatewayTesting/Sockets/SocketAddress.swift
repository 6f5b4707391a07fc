internal import CLinux

/// Where a test connects to or listens.
enum SocketAddress: Sendable {
  /// 127.0.0.1. Port 0 lets the kernel choose when listening.
  case loopback(port: UInt16)
  /// A UNIX socket: at most 107 bytes of path (unix(7)).
  case unix(path: String)

  var family: Int32 {
    switch self {
    case .loopback: AF_INET
    case .unix: AF_UNIX
    }
  }

  /// Calls `body` with the address as the socket calls take it.
  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    switch self {
    case .loopback(let port):
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      return withUnsafeBytes(of: &address) { call(body, $0) }
    case .unix(let path):
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { field in
        precondition(path.utf8.count < field.count, "the path of a UNIX socket is too long: \(path)")
        field.copyBytes(from: path.utf8)
      }
      return withUnsafeBytes(of: &address) { call(body, $0) }
    }
  }

  private func call<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result, _ bytes: UnsafeRawBufferPointer
  ) -> Result {
    body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
  }
}
