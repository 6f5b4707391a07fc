internal import CLinux
internal import System

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

  /// Calls `body` with the address as the calls of sockets take it.
  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    switch self {
    case .loopback(let port): IPAddress.v4(0x7F00_0001).withSocketAddress(port: port, body)
    case .unix(let path): System.SocketAddress.withSocketAddress(path: path, body)
    }
  }
}
