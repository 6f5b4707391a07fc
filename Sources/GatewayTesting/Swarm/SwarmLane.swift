internal import CLinux
internal import EventLoop
internal import Glibc
internal import System

/// A connection of a ``StreamSwarm`` and the stream on it. Lives on the swarm's loop.
final class SwarmLane {
  private unowned let runner: SwarmRunner
  private var descriptor: Int32 = -1
  private var watch: Watch?
  private var parser = HTTPParser(.responses)
  private var stream: SwarmStream?
  private var isConnecting = false
  /// Whether the connection has carried a whole exchange before.
  private var isReused = false
  /// The response has asked to close the connection.
  private var mustClose = false
  /// Lets the next byte of a slow request go.
  private lazy var byteTimer = runner.loop.makeTimer { [unowned self] in
    sendRequest()
    updateInterest()
  }

  init(runner: SwarmRunner) {
    self.runner = runner
  }

  func start(_ stream: SwarmStream) {
    self.stream = stream
    mustClose = false
  }

  // MARK: Connecting

  func connect() {
    let address = runner.plan.address
    parser = HTTPParser(.responses)
    isReused = false
    isConnecting = true
    do throws(SystemCallError) {
      descriptor = try Sockets.make(address, nonBlocking: true)
      if let size = runner.plan.receiveBuffer {
        Sockets.set(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(size))
      }
      if case .loopback = address { Sockets.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
      watch = try runner.loop.watch(descriptor, for: .writable) { [self] events in handle(events) }
      do throws(SystemCallError) {
        // nil is EAGAIN: the queue of a UNIX socket is full.
        let result = try systemCall("connect") { address.withSockaddr { CLinux.connect(descriptor, $0, $1) } }
        if result == nil { throw SystemCallError(call: "connect", code: EAGAIN) }
      } catch {
        guard error.code == EINPROGRESS else { throw error }
      }
    } catch {
      failToConnect(error.code)
    }
  }

  private func failToConnect(_ code: Int32) {
    isConnecting = false
    closeSocket(.finished)
    end(.cannotConnect(code), canGoOn: false)
    runner.hasConnected(false)
  }

  private func handle(_ events: IOEvents) {
    if isConnecting {
      let code = Sockets.pendingError(descriptor)
      guard code == 0 else { return failToConnect(code) }
      isConnecting = false
      runner.hasConnected(true)
    }
    if events.contains(.writable) { sendRequest() }
    if stream != nil, !events.isDisjoint(with: [.readable, .peerClosed, .hangUp, .error]) { receive() }
    updateInterest()
  }

  private func updateInterest() {
    guard let stream, let watch else { return }
    var events: IOEvents = stream.stalls ? .peerClosed : [.readable, .peerClosed]
    if isConnecting || !stream.isRequestSent && runner.plan.byteInterval == nil { events.insert(.writable) }
    do {
      try watch.update(events)
    } catch {
      preconditionFailure("the swarm cannot watch a connection: \(error)")
    }
  }

  // MARK: Sending and receiving

  private func sendRequest() {
    while let stream, !stream.isRequestSent {
      let end = runner.plan.byteInterval == nil ? stream.requestEnd : stream.requestSent + 1
      let result = stream.request.withUnsafeBytes {
        Sockets.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[stream.requestSent..<end]))
      }
      switch result {
      case .bytes(let count): self.stream?.requestSent += count
      case .wouldBlock: return
      case .endOfStream: preconditionFailure("send tells no end of stream")
      // A response may have come before: reading finds it, or the end.
      case .broken:
        self.stream?.requestSent = stream.requestEnd
        return
      }
      if let interval = runner.plan.byteInterval, self.stream?.isRequestSent == false {
        return byteTimer.schedule(after: interval)
      }
    }
    cutIfDue()
  }

  private func receive() {
    while let stream, !isConnecting {
      if stream.stalls {
        return end(stream.received == 0 ? .closedBeforeHead(.finished) : .truncated(.finished))
      }
      var room = runner.readBuffer.count
      // No byte more than up to the cut, so that a seed cuts at the same place each time.
      if case .response(let bytes) = stream.cut?.place { room = min(room, max(1, bytes - stream.received)) }
      let buffer = UnsafeMutableRawBufferPointer(rebasing: runner.readBuffer.prefix(room))
      switch Sockets.receive(descriptor, into: buffer) {
      case .bytes(let count):
        self.stream?.received += count
        buffer.prefix(count).withMemoryRebound(to: UInt8.self) { parser.append(UnsafeBufferPointer($0)) }
        parse()
        cutIfDue()
        if count < room { return }
      case .wouldBlock: return
      case .endOfStream: return streamEnded(.finished)
      case .broken(let departure): return streamEnded(departure)
      }
    }
  }

  private func parse() {
    do throws(HTTPSyntaxError) {
      while stream != nil, let event = try parser.next() {
        switch event {
        case .head(let head): try take(head)
        case .body(let bytes): take(bytes)
        case .chunkEnd: stream?.outcome.chunks += 1
        case .end:
          if (stream?.outcome.status ?? 0) >= 200 { complete() }
        }
      }
    } catch {
      end(.malformed(error))
    }
  }

  private func take(_ head: MessageHead) throws(HTTPSyntaxError) {
    let status = try head.statusLine().status
    stream?.outcome.status = status
    stream?.outcome.headers = head.headers
    if head.headers.list("Connection", has: "close") || parser.framing == .untilClose { mustClose = true }
    if status >= 200 { runner.hasHead() }
  }

  private func take(_ bytes: [UInt8]) {
    guard let index = stream?.outcome.index else { return }
    stream?.outcome.digest.update(bytes)
    let room = runner.plan.collectLimit - (stream?.outcome.body.count ?? 0)
    if room > 0 { stream?.outcome.body += bytes.prefix(room) }
    runner.hasReceived(bytes.count)
    runner.plan.onBody?(index, bytes)
  }

  // MARK: The end

  private func complete() {
    end(.complete, canGoOn: !mustClose && parser.isBetweenMessages)
  }

  private func cutIfDue() {
    guard let stream, stream.isAtCut, let manner = stream.cut?.manner else { return }
    cut(manner)
  }

  /// Cuts the connection; the stream ends as cut.
  func cut(_ manner: Departure) {
    let wasConnecting = isConnecting
    isConnecting = false
    closeSocket(manner)
    end(.cut)
    if wasConnecting { runner.hasConnected(false) }
  }

  func readOn() {
    guard stream?.stalls == true else { return }
    stream?.stalls = false
    updateInterest()
  }

  /// The peer has ended the connection.
  private func streamEnded(_ departure: Departure) {
    guard let stream else { return }
    if departure == .finished, let event = try? parser.finish(), event == .end { return complete() }
    if isReused, stream.received == 0, !stream.isRetry { return retry() }
    end(stream.outcome.status == nil ? .closedBeforeHead(departure) : .truncated(departure))
  }

  private func retry() {
    stream?.isRetry = true
    stream?.requestSent = 0
    closeSocket(.finished)
    runner.reconnects()
    connect()
  }

  /// Ends the stream, and takes the next one if the connection is good for it.
  private func end(_ ending: StreamSwarm.Ending, canGoOn: Bool = false) {
    guard var stream = stream.take() else { return }
    stream.outcome.ending = ending
    if let next = runner.hasEnded(stream, canGoOn: canGoOn, lane: self) {
      start(next)
      isReused = true
      sendRequest()
      updateInterest()
    } else {
      closeSocket(.finished)
      runner.startMore()
    }
  }

  private func closeSocket(_ manner: Departure) {
    if runner.plan.byteInterval != nil { byteTimer.cancel() }
    watch?.cancelBeforeClose()
    watch = nil
    guard descriptor >= 0 else { return }
    if manner == .reset { Sockets.closeWithReset(descriptor) } else { close(descriptor) }
    descriptor = -1
  }
}
