internal import CLinux
internal import Glibc
internal import System

/// The socket of a client's connection, as far as it is used past libmicrohttpd: every send, receive and shutdown of this
/// target is here. It is non-blocking and has no TLS, which is nginx's to end.
///
/// A plain value: whoever owns the descriptor closes it, once.
struct ClientSocket {
  let descriptor: Int32

  /// What has come.
  enum Received {
    /// At least one.
    case bytes(Int)
    case nothingYet
    /// The client has closed its writing half, or the connection is lost: nothing more comes.
    case end
  }

  /// Gives bytes to the socket, by one system call.
  ///
  /// - Returns: how many it took. That of a client that has gone takes all: the loop tells of that, and whoever sends
  ///   should not hear of it from inside its own call.
  func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    do {
      return try systemCall("send") {
        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      } ?? 0
    } catch {
      return bytes.count
    }
  }

  /// Takes what has come, as far as it fits into `buffer`.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
    receive(into: buffer, Int32(MSG_DONTWAIT))
  }

  /// The same for what stays in the socket.
  func peek(into buffer: UnsafeMutableRawBufferPointer) -> Received {
    receive(into: buffer, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
  }

  /// Whether bytes have come that nobody has read.
  var hasBytes: Bool {
    withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { byte in
      if case .bytes = peek(into: byte) { true } else { false }
    }
  }

  private func receive(into buffer: UnsafeMutableRawBufferPointer, _ flags: Int32) -> Received {
    // Nothing received would be the end.
    guard !buffer.isEmpty else { return .nothingYet }
    do {
      let count = try systemCall("recv") { recv(descriptor, buffer.baseAddress, buffer.count, flags) }
      guard let count else { return .nothingYet }
      return count > 0 ? .bytes(count) : .end
    } catch {
      return .end
    }
  }

  /// Closes our half: the client reads to the end of what was sent.
  func closeWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closes both halves; the descriptor stays.
  func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Lets the kernel drop what it still has for the client once the descriptor closes. It would go on sending that to a slow
  /// reader, for as long as that likes.
  func resetAtClose() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
  }

  /// Lets small pieces go out at once, without waiting for those before to be acknowledged (Nagle's algorithm).
  func sendSmallPiecesAtOnce() {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Bytes of those sent that the client's end has not acknowledged; 0 where the socket cannot say.
  var unacknowledgedBytes: Int {
    var queued: Int32 = 0
    _ = clinux_unacknowledged_bytes(descriptor, &queued)
    return Int(queued)
  }

  /// The same socket under a descriptor of its own.
  ///
  /// - Throws: if the process has no descriptor left.
  func duplicate() throws(SystemCallError) -> ClientSocket {
    ClientSocket(descriptor: try systemCall("fcntl") { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }!)
  }

  func close() { Glibc.close(descriptor) }
}
