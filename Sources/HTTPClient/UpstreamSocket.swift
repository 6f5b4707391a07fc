internal import CCurl
internal import EventLoop
internal import Glibc

/// A socket of libcurl's, and the loop's watch of it.
///
/// libcurl loses interest in a socket at the end of each transfer. The watch stays, as the next transfer on the
/// same connection most often wants the same events: that saves two system calls a request. An event that comes
/// while nobody is interested ends the watch.
///
/// That holds for established connections, of which libcurl says when it closes them. Of a socket that it closes while it
/// connects, and of those by which it hears from its resolver, it says nothing: their watch ends with the interest, before
/// the descriptor's number is another's.
final class UpstreamSocket {
  /// The server that it is a connection to; nil where it is none.
  let origin: ServerOrigin?
  var isConnection: Bool { origin != nil }
  var watch: Watch?
  /// What libcurl wants to know of now.
  var interest: IOEvents = []

  init(to origin: ServerOrigin? = nil) { self.origin = origin }
}

extension MultiHandle {
  /// - Parameter transfer: for which libcurl has the interest.
  func socketInterest(
    _ descriptor: Int32, becomes interest: IOEvents, for transfer: @autoclosure () -> Transfer?
  ) {
    let socket = knownSocket(descriptor)
    let wasEstablished = socket.isConnection && socket.interest.contains(.readable)
    socket.interest = interest
    guard !interest.isEmpty else {
      if !wasEstablished { interestEnds(in: socket, descriptor, of: transfer()) }
      return
    }
    // `epoll_ctl` fails where the kernel has no memory, or the user too many watches (`ENOSPC`). libcurl must not be told:
    // it would give up the multi handle with all of its transfers.
    do {
      if let watch = socket.watch {
        try watch.update(interest)
      } else {
        socket.watch = try client.loop.watch(descriptor, for: interest) {
          [unowned self, unowned socket] events in
          socketIsReady(descriptor, socket, events)
        }
      }
    } catch {
      if let transfer = transfer() { client.starve(transfer) }
    }
  }

  private func knownSocket(_ descriptor: Int32) -> UpstreamSocket {
    if let socket = sockets[descriptor] { return socket }
    let socket = UpstreamSocket()
    add(socket, descriptor)
    return socket
  }

  /// The end of the interest in a socket that libcurl has not waited on to be readable: most often one that it did not get
  /// to connect, as until then it waits for it to be writable.
  private func interestEnds(in socket: UpstreamSocket, _ descriptor: Int32, of transfer: Transfer?) {
    socket.watch?.cancel()
    socket.watch = nil
    // A response can be there before libcurl comes to wait for it (seen with 8.14). Of several sockets that were to be the
    // connection, the others are closed by now.
    let isEstablished = socket.isConnection && transfer?.hasConnection == true && isConnected(descriptor)
    if !isEstablished { removeSocket(descriptor) }
  }

  private func isConnected(_ descriptor: Int32) -> Bool {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
    }
  }

  private func socketIsReady(_ descriptor: Int32, _ socket: UpstreamSocket, _ events: IOEvents) {
    guard !socket.interest.isEmpty else {
      socket.watch?.cancel()
      socket.watch = nil
      return
    }
    var mask: Int32 = 0
    if events.contains(.readable) || events.contains(.hangUp) { mask |= CURL_CSELECT_IN }
    if events.contains(.writable) { mask |= CURL_CSELECT_OUT }
    if events.contains(.error) { mask |= CURL_CSELECT_ERR }
    socketAction(descriptor, mask)
  }

  /// A descriptor that libcurl has just opened.
  func openSocket(_ descriptor: Int32, to origin: ServerOrigin) {
    add(UpstreamSocket(to: origin), descriptor)
  }

  func closeSocket(_ descriptor: Int32) {
    removeSocket(descriptor)?.watch?.cancelBeforeClose()
    Glibc.close(descriptor)
  }
}

// MARK: - libcurl's callbacks

/// `CURLMOPT_SOCKETFUNCTION`.
func socketInterestChanged(
  easy: UnsafeMutableRawPointer?, descriptor: curl_socket_t, what: Int32, handle: UnsafeMutableRawPointer?,
  socket: UnsafeMutableRawPointer?
) -> Int32 {
  let multiHandle = Unmanaged<MultiHandle>.fromOpaque(handle!).takeUnretainedValue()
  let interest: IOEvents =
    switch what {
    case CURL_POLL_IN: .readable
    case CURL_POLL_OUT: .writable
    case CURL_POLL_INOUT: [.readable, .writable]
    default: []
    }
  multiHandle.socketInterest(descriptor, becomes: interest, for: easy.flatMap(Transfer.of))
  return 0
}

/// Bytes that the kernel holds of a response that we do not read. By itself it lets that buffer grow to megabytes.
/// The kernel takes twice as much for its own needs (socket(7)).
private let receiveBufferSize: Int32 = 128 * 1024

/// Lets the kernel find out that a server is gone without a word: a response may be silent for as long as it likes. After 30 s
/// without a byte it asks, and 3 times at most (tcp(7)).
private func keepAlive(_ descriptor: Int32) {
  let options: [(level: Int32, name: Int32, value: Int32)] = [
    (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30),
    (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 30),
    (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3),
  ]
  for option in options {
    var value = option.value
    setsockopt(descriptor, option.level, option.name, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}

/// `CURLOPT_SOCKOPTFUNCTION`: a new socket, not connected yet.
func socketOpens(handle: UnsafeMutableRawPointer?, descriptor: curl_socket_t, purpose: curlsocktype) -> Int32
{
  let handle = Unmanaged<EasyHandle>.fromOpaque(handle!).takeUnretainedValue()
  // libcurl opens sockets for transfers that are under way.
  if let transfer = handle.transfer {
    guard transfer.connects() else { return CURL_SOCKOPT_ERROR }
    handle.multiHandle.openSocket(descriptor, to: transfer.origin)
  }
  var size = receiveBufferSize
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  keepAlive(descriptor)
  return CURL_SOCKOPT_OK
}

/// `CURLOPT_CLOSESOCKETFUNCTION`.
func socketCloses(handle: UnsafeMutableRawPointer?, descriptor: curl_socket_t) -> Int32 {
  Unmanaged<MultiHandle>.fromOpaque(handle!).takeUnretainedValue().closeSocket(descriptor)
  return 0
}
