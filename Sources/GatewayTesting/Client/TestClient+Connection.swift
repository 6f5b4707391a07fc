internal import CLinux
internal import Glibc
internal import System

extension TestClient {
  /// A connection of a ``TestClient``. All calls block, and belong to the closure that got it.
  public final class Connection {
    let descriptor: Int32
    var parser = HTTPParser(.responses)
    /// How the peer has left, once it has.
    var departure: Departure?
    /// The body of the response that is being read piece by piece.
    var streamed = StreamedBody()
    /// How many requests were sent by `sendRequest` and how many final heads were read, to tell the responses to HEAD.
    var sentRequests = 0
    var readResponses = 0
    var headRequests: [Int] = []
    private var isOpen = true
    private let timeout: Duration
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    init(_ target: Target, receiveBuffer: Int?, timeout: Duration) throws {
      self.timeout = timeout
      descriptor = try Sockets.make(target.address, nonBlocking: false)
      if let receiveBuffer { Sockets.set(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(receiveBuffer)) }
      setTimeout(SO_RCVTIMEO)
      setTimeout(SO_SNDTIMEO)
      if case .port = target { Sockets.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
      do throws(SystemCallError) {
        try systemCall("connect") { target.address.withSockaddr { CLinux.connect(descriptor, $0, $1) } }
      } catch {
        CLinux.close(descriptor)
        isOpen = false
        // What SO_SNDTIMEO comes to in connect(2).
        if error.code == EINPROGRESS { throw TestClientError.timedOut("connecting") }
        throw TestClientError.cannotConnect("\(error)")
      }
    }

    deinit {
      close()
      buffer.deallocate()
    }

    private func setTimeout(_ option: Int32) {
      let (seconds, attoseconds) = timeout.components
      var value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
      setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Lets the peer send more at a time from now on: the receive buffer gets this size in bytes (`SO_RCVBUF`), for readers that stall no
    /// more.
    public func growReceiveBuffer(to bytes: Int) {
      guard isOpen else { return }
      Sockets.set(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(clamping: bytes))
    }

    // MARK: The end

    /// Closes the connection: a FIN, or a RST if something that was received has not been read.
    public func close() {
      guard isOpen else { return }
      isOpen = false
      CLinux.close(descriptor)
    }

    /// Breaks the connection off (RST).
    public func reset() {
      guard isOpen else { return }
      isOpen = false
      Sockets.closeWithReset(descriptor)
    }

    /// Closes the writing half (FIN) and goes on reading.
    public func shutdownWrite() {
      shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Reads, and throws away, until the peer closes or breaks off.
    ///
    /// - Throws: `timedOut` if it keeps the connection open without sending anything.
    @discardableResult
    public func waitUntilClosedByPeer() throws -> Departure {
      while true {
        if let departure { return departure }
        _ = try receive("the peer to close")
      }
    }

    /// Whether the peer has closed or broken off. Does not wait, and reads nothing.
    public var isClosedByPeer: Bool {
      if departure != nil { return true }
      var entry = pollfd(fd: descriptor, events: Self.peerClosed, revents: 0)
      return poll(&entry, 1, 0) > 0
    }

    /// `POLLRDHUP`, which the C library declares under _GNU_SOURCE only, and the importer does not set that.
    private static let peerClosed: Int16 = 0x2000

    /// Whether a few KiB can be sent without waiting longer than `limit`: not for a peer that reads no more.
    public func takesBytes(within limit: Duration) -> Bool {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      return poll(&entry, 1, Int32(limit / .milliseconds(1))) > 0
    }

    // MARK: Bytes

    /// Sends all of the bytes.
    ///
    /// - Throws: `cannotSend` if the peer has broken off, `timedOut` if it takes nothing.
    public func send(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes { bytes in
        var start = 0
        while start < bytes.count {
          switch Sockets.send(descriptor, UnsafeRawBufferPointer(rebasing: bytes[start...])) {
          case .bytes(let count): start += count
          case .wouldBlock: throw TestClientError.timedOut("the peer took \(start) of \(bytes.count) bytes")
          case .endOfStream, .broken: throw TestClientError.cannotSend
          }
        }
      }
    }

    /// Sends text as UTF-8.
    public func send(_ text: String) throws {
      try send(Array(text.utf8))
    }

    /// Receives what there is, at least one byte, without understanding it; nil at the end of the stream. Not to be mixed
    /// with reading responses.
    ///
    /// - Parameter limit: the most that is taken from the kernel.
    public func receiveBytes(atMost limit: Int = .max) throws -> [UInt8]? {
      guard departure == nil else { return nil }
      return try receive("any byte", atMost: limit).map(Array.init)
    }

    /// Waits for bytes; nil once the peer has left.
    func receive(_ what: String, atMost limit: Int = .max) throws(TestClientError) -> UnsafeRawBufferPointer?
    {
      switch Sockets.receive(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(limit)))
      {
      case .bytes(let count): return UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
      case .wouldBlock: throw TestClientError.timedOut("waiting for \(what)")
      case .endOfStream: departure = .finished
      case .broken(let departure): self.departure = departure
      }
      return nil
    }
  }
}
