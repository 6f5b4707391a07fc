internal import Glibc
internal import System

/// A TCP socket.
final class TCPTransport: ChatTransport {
  let descriptor: Int32

  /// - Parameter descriptor: connected and non-blocking; the transport's from here on.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  var hasUnsent: Bool { false }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ChatLinkError) -> Int? {
    do throws(SystemCallError) {
      return try systemCall("recv") { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
    } catch {
      throw ChatLinkError(error)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ChatLinkError) -> Int {
    guard !bytes.isEmpty else { return 0 }
    do throws(SystemCallError) {
      return try systemCall("send") { send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }
        ?? 0
    } catch {
      throw ChatLinkError(error)
    }
  }

  func close() { Glibc.close(descriptor) }
}

extension ChatLinkError {
  init(_ error: SystemCallError) { self.init(reason: error.reason) }
}
