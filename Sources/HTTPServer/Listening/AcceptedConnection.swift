internal import Budgets
internal import Glibc
internal import System

/// A connection that was accepted, on its way to the server that serves it. One that never arrives, because its loop has
/// ended, is closed.
///
/// `@unchecked Sendable`: it has one owner at a time, who hands it over through a loop's mailbox.
final class AcceptedConnection: @unchecked Sendable {
  private(set) var address: sockaddr_storage
  let addressLength: socklen_t
  let peer: Peer
  /// Whether it is a process whose word is believed, at the other end of a UNIX socket.
  let isTrustedUnixPeer: Bool
  /// Its place in the share of its client, if it is counted there.
  var hold: ClientHold?
  /// Until it is taken.
  private(set) var descriptor: Int32?

  /// - Parameter trust: that of the listening socket.
  init(
    descriptor: Int32, address: sockaddr_storage, addressLength: socklen_t, trust: UnixSocketTrust?
  ) {
    self.descriptor = descriptor
    self.address = address
    self.addressLength = addressLength
    peer = Peer(of: &self.address)
    isTrustedUnixPeer =
      if let trust, let credentials = PeerCredentials(of: descriptor) { trust.includes(credentials) } else {
        false
      }
  }

  deinit { if let descriptor { close(descriptor) } }

  /// The descriptor, which is the caller's from now on. Once.
  func takeDescriptor() -> Int32 {
    guard let descriptor = descriptor.take() else { preconditionFailure("taken already") }
    return descriptor
  }
}
