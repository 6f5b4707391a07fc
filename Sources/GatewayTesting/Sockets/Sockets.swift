internal import CLinux
internal import Glibc
internal import System

/// The socket calls of the test kit.
enum Sockets {
  /// What an attempt to read or write came to.
  enum Transfer {
    case bytes(Int)
    case wouldBlock
    /// The peer has closed its writing half (reading only).
    case endOfStream
    /// The connection is gone: `ECONNRESET`, `EPIPE`.
    case broken(Departure)
  }

  /// A stream socket that is not connected yet.
  static func make(_ address: SocketAddress, nonBlocking: Bool) throws(SystemCallError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue) | closeOnExec | (nonBlocking ? self.nonBlocking : 0)
    return try systemCall("socket") { socket(address.family, type, 0) }!
  }

  /// A non-blocking listener. Buffer sizes are in bytes and go over to the connections it accepts.
  static func listen(
    _ address: SocketAddress, backlog: Int32, receiveBuffer: Int?, sendBuffer: Int?
  ) throws(SystemCallError) -> Int32 {
    let descriptor = try make(address, nonBlocking: true)
    do throws(SystemCallError) {
      set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
      // For ``RefusingPort``, which takes the port over before this listener is closed.
      set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1)
      if let receiveBuffer { set(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(receiveBuffer)) }
      if let sendBuffer { set(descriptor, SOL_SOCKET, SO_SNDBUF, Int32(sendBuffer)) }
      // The machine's own may be BBR, which paces what it sends: after a peer that has not read for seconds it takes the
      // connection for a slow one, and goes on at a few KB a second.
      if address.family == AF_INET { setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, "reno", 4) }
      try systemCall("bind") { address.withSockaddr { bind(descriptor, $0, $1) } }
      try systemCall("listen") { CLinux.listen(descriptor, backlog) }
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  /// Takes one connection, non-blocking and without Nagle's delay; nil when none waits.
  static func accept(_ listener: Int32) throws(SystemCallError) -> Int32? {
    // `accept4`, which would save two calls, is behind _GNU_SOURCE, which the importer does not set.
    guard let descriptor = try systemCall("accept", { CLinux.accept(listener, nil, nil) }) else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    return descriptor
  }

  /// The port that the kernel chose for a listener on 127.0.0.1.
  static func port(of descriptor: Int32) throws(SystemCallError) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    try systemCall("getsockname") {
      withUnsafeMutableBytes(of: &address) {
        getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
      }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// The error pending on the socket, which asking takes away (`SO_ERROR`); 0 is none.
  static func pendingError(_ descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return code
  }

  static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    do {
      let count = try systemCall("recv") { recv(descriptor, buffer.baseAddress!, buffer.count, 0) }
      guard let count else { return .wouldBlock }
      return count == 0 ? .endOfStream : .bytes(count)
    } catch {
      return .broken(.reset)
    }
  }

  static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Transfer {
    do {
      let count = try systemCall("send") {
        CLinux.send(descriptor, bytes.baseAddress!, bytes.count, noSignal)
      }
      guard let count else { return .wouldBlock }
      return .bytes(count)
    } catch {
      return .broken(.reset)
    }
  }

  /// Closes so that the peer gets a RST and not a FIN, and what is still in the send buffer is dropped.
  static func closeWithReset(_ descriptor: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close(descriptor)
  }

  private static let nonBlocking = Int32(SOCK_NONBLOCK.rawValue)
  private static let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)
  static let noSignal = Int32(MSG_NOSIGNAL)
}
