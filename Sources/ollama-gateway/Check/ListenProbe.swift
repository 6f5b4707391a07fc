import Access
import Configuration
import Glibc
import System

/// Tries a listening address: binds it, and lets go of it at once.
enum ListenProbe {
  /// Why the gateway could not listen at an address, for people.
  enum Problem: Equatable {
    /// Another process listens there.
    case taken(String)
    /// Anything else.
    case other(String)
  }

  /// Why the gateway could not listen there, or nil when it could.
  static func problem(with address: ListenAddress) -> Problem? {
    switch address {
    case .ipv4(let ip, let port): bindingProblem(ip, port, dualStack: false)
    case .ipv6(let ip, let port): bindingProblem(ip, port, dualStack: false)
    case .any(let port):
      hasIPv6
        ? bindingProblem(.v6(0, 0), port, dualStack: true) : bindingProblem(.v4(0), port, dualStack: false)
    case .unix(let path): unixProblem(path)
    }
  }

  private static var hasIPv6: Bool {
    let descriptor = socket(AF_INET6, stream, 0)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }

  private static var stream: Int32 { Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) }

  private static func bindingProblem(_ ip: IPAddress, _ port: UInt16, dualStack: Bool) -> Problem? {
    let family: Int32 = if case .v4 = ip { AF_INET } else { AF_INET6 }
    let descriptor = socket(family, stream, 0)
    guard descriptor >= 0 else { return problem(errno) }
    defer { close(descriptor) }
    set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    if family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, dualStack ? 0 : 1) }
    let failed = ip.withSocketAddress(port: port) {
      bind(descriptor, $0, $1) != 0 || listen(descriptor, 1) != 0
    }
    return failed ? problem(errno) : nil
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func problem(_ code: Int32) -> Problem {
    switch code {
    case EADDRINUSE: .taken("the port is in use by another process")
    case EADDRNOTAVAIL: .other("this machine has no such address")
    case EACCES: .other("not permitted (a port below 1024 needs root or CAP_NET_BIND_SERVICE)")
    case EAFNOSUPPORT: .other("this machine has no IPv6")
    default: .other(SystemCallError.reason(of: code))
    }
  }
}
