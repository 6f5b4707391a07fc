internal import Glibc
public import System

/// The datagram socket on which systemd hears of a service: the protocol of sd_notify(3), which is stable and a few lines
/// long. So the program does without libsystemd, and runs where there is none.
///
/// Safe from any thread: each message has a socket of its own.
public struct NotifySocket: Sendable {
  private let address: sockaddr_un
  private let length: socklen_t

  /// The variable that names the socket.
  public static let environmentName = "NOTIFY_SOCKET"

  /// How long a message may wait for room in the manager's queue.
  private static let patience = timeval(tv_sec: 5, tv_usec: 0)

  /// Nil where nobody wants to hear, or the name is none that a socket can have: a path, or `@` and a name for the
  /// abstract namespace (unix(7)).
  public init?(environment: [String: String]) {
    guard let name = environment[NotifySocket.environmentName], name.hasPrefix("/") || name.hasPrefix("@")
    else {
      return nil
    }
    var bytes = Array(name.utf8)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard bytes.count > 1, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    // A path ends with a zero byte, which is there; an abstract name begins with one, and its length counts.
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    self.address = address
    length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)
  }

  /// Sends one message. Waits at most 5 s, where the manager is behind with reading.
  ///
  /// - Throws: if it did not go out; then the manager is gone, and there is nothing else to do about it.
  public func send(_ states: [ServiceState]) throws(SystemCallError) {
    let text = states.flatMap(\.lines).joined(separator: "\n")
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = try systemCall("socket") { socket(AF_UNIX, type, 0) }!
    defer { close(descriptor) }
    var patience = NotifySocket.patience
    try systemCall("setsockopt") {
      setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    let sent = try systemCall("sendto") {
      withUnsafeBytes(of: address) { address in
        Array(text.utf8).withUnsafeBytes { bytes in
          sendto(
            descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL),
            address.baseAddress!.assumingMemoryBound(to: sockaddr.self), length)
        }
      }
    }
    // Nothing within the patience.
    if sent == nil { throw SystemCallError(call: "sendto", code: EAGAIN) }
  }
}
