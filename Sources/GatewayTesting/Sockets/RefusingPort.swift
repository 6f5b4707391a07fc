internal import CLinux
internal import EventLoop

/// A port of 127.0.0.1 on which every connection is refused for as long as this lives: it is bound, and nobody listens. No
/// other process or test can take it meanwhile, as it can with ``freePort()``.
public final class RefusingPort: Sendable {
  public let port: UInt16
  private let descriptor: Int32

  /// - Throws: if no descriptors or ports are left.
  public init() throws {
    let address = SocketAddress.loopback(port: 0)
    descriptor = try Sockets.make(address, nonBlocking: true)
    do throws(SystemCallError) {
      try systemCall("bind") { [descriptor] in address.withSockaddr { bind(descriptor, $0, $1) } }
      port = try Sockets.port(of: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }
}
