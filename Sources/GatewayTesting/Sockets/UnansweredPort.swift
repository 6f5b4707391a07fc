internal import CLinux

/// A port of 127.0.0.1 on which connecting neither succeeds nor fails, as with a host that a firewall drops: for tests of
/// the connect timeout.
///
/// It is a listener that nobody accepts from and whose queue is full: Linux then drops further SYNs (listen(2)).
public final class UnansweredPort: Sendable {
  /// Its number.
  public let port: UInt16
  private let descriptors: [Int32]

  /// - Throws: if no descriptors are left.
  public init() throws {
    let listener = try Sockets.listen(.loopback(port: 0), backlog: 0, receiveBuffer: nil, sendBuffer: nil)
    port = try Sockets.port(of: listener)
    let address = SocketAddress.loopback(port: port)
    // A backlog of 0 has room for one; the others wait in the queue before it, or knock in vain.
    descriptors =
      try [listener]
      + (0..<4).map { _ in
        let descriptor = try Sockets.make(address, nonBlocking: true)
        _ = address.withSockaddr { connect(descriptor, $0, $1) }
        return descriptor
      }
  }

  deinit { close() }

  private func close() {
    for descriptor in descriptors { CLinux.close(descriptor) }
  }
}
