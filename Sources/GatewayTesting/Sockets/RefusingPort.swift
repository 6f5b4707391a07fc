internal import CLinux
internal import System

/// A port of 127.0.0.1 on which connecting is refused, as where nobody listens. It is taken as long as the value lives: a
/// port that was only found free, or just given up, may be another test's a moment later.
public final class RefusingPort: Sendable {
  /// Its number.
  public let port: UInt16
  private let descriptor: Int32

  /// - Parameter port: that of a listener of this kit which is about to be closed; 0 is any free one.
  /// - Throws: if no descriptors are left, or somebody else has the port.
  public init(_ port: UInt16 = 0) throws {
    let address = SocketAddress.loopback(port: port)
    let descriptor = try Sockets.make(address, nonBlocking: true)
    self.descriptor = descriptor
    Sockets.set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1)
    try systemCall("bind") { address.withSockaddr { bind(descriptor, $0, $1) } }
    self.port = try Sockets.port(of: descriptor)
  }

  deinit { CLinux.close(descriptor) }
}
