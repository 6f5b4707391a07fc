internal import Glibc

/// A connection that was accepted, on its way to the server that serves it. One that never arrives, because its loop has
/// ended, is closed.
///
/// `@unchecked Sendable`: it has one owner at a time, who hands it over through a loop's mailbox.
final class AcceptedConnection: @unchecked Sendable {
  private(set) var address: sockaddr_storage
  let addressLength: socklen_t
  private var descriptor: Int32?

  init(descriptor: Int32, address: sockaddr_storage, addressLength: socklen_t) {
    self.descriptor = descriptor
    self.address = address
    self.addressLength = addressLength
  }

  deinit { if let descriptor { close(descriptor) } }

  /// The client's address and port, or `unix`.
  var client: String { SocketAddress.description(of: &address) }

  /// The descriptor, which is the caller's from now on. Once.
  func takeDescriptor() -> Int32 {
    guard let descriptor = descriptor.take() else { preconditionFailure("taken already") }
    return descriptor
  }
}
