internal import CLinux

/// A port of 127.0.0.1 on which connecting succeeds, and then nobody says anything: what stands before a program that hangs.
public final class SilentPort: Sendable {
  /// Its number.
  public let port: UInt16
  private let descriptor: Int32

  /// - Throws: if no descriptors are left.
  public init() throws {
    descriptor = try Sockets.listen(.loopback(port: 0), backlog: 16, receiveBuffer: nil, sendBuffer: nil)
    port = try Sockets.port(of: descriptor)
  }

  deinit { CLinux.close(descriptor) }
}
