internal import CLinux
internal import EventLoop
internal import Glibc
internal import System

// The socket of a TestWebSocket.
extension TestWebSocket {
  func open(_ address: SocketAddress, _ request: [UInt8], _ receiveBuffer: Int?) async throws {
    do throws(SystemCallError) {
      descriptor = try Sockets.make(address, nonBlocking: true)
      if let receiveBuffer { Sockets.set(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(receiveBuffer)) }
      Sockets.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
      output = request
      do throws(SystemCallError) {
        try systemCall("connect") { address.withSockaddr { CLinux.connect(descriptor, $0, $1) } }
      } catch {
        guard error.code == EINPROGRESS else { throw error }
      }
      updateWatch()
    } catch {
      throw TestWebSocketError.cannotConnect(error.code)
    }
    try await wait(.seconds(120), "the response to the handshake") { $0.state == .open || $0.isDone }
    // What follows the head may be wrong, or the end: that is the reader's to find.
    guard !isShaken else { return }
    throw failure ?? TestWebSocketError.refused(String(decoding: head, as: UTF8.self))
  }

  /// Whether nothing more comes.
  var isDone: Bool { state == .over }

  /// Waits until `condition` holds: each event of the connection has it looked at again.
  func wait(
    _ limit: Duration, _ what: String, until condition: (isolated TestWebSocket) -> Bool
  ) async throws {
    let deadline = MonotonicTime.now + limit
    var isLate = false
    let timer = loop.makeTimer { [weak self] in
      isLate = true
      self?.assumeIsolated { $0.wake() }
    }
    defer { timer.cancel() }
    while !condition(self) {
      guard !isLate else { throw TestWebSocketError.timedOut(what) }
      if !timer.isScheduled { timer.schedule(at: deadline) }
      precondition(waiter == nil, "one waits at a time")
      await withCheckedContinuation { waiter = $0 }
    }
  }

  func wake() { waiter.take()?.resume() }

  func updateWatch() {
    guard descriptor >= 0, state != .over else { return }
    let isWriting = !output.isEmpty || state == .connecting
    var events: IOEvents = isReading ? [.readable] : []
    if isWriting { events.insert(.writable) }
    // Errors are reported whatever is watched for: a reader that has stopped must not hear of them.
    guard !events.isEmpty else { return forgetWatch() }
    do throws(SystemCallError) {
      if let watch { return try watch.update(events) }
      // The watch keeps the socket until its end: the loop must not have one of a closed descriptor.
      watch = try loop.watch(descriptor, for: events) { [self] events in
        assumeIsolated { $0.isReady(events) }
      }
    } catch {
      preconditionFailure("a test's socket cannot be watched: \(error)")
    }
  }

  func forgetWatch() {
    watch?.cancel()
    watch = nil
  }

  private func isReady(_ events: IOEvents) {
    if state == .connecting {
      let code = Sockets.pendingError(descriptor)
      guard code == 0 else { return fail(.cannotConnect(code)) }
      state = .handshake
    }
    if events.contains(.writable) { write() }
    if isReading && !events.isDisjoint(with: [.readable, .hangUp, .error]) { read() }
    updateWatch()
  }

  func write() {
    guard state != .connecting, state != .over, !output.isEmpty else { return }
    switch output.withUnsafeBytes({ Sockets.send(descriptor, $0) }) {
    case .bytes(let count): output.removeFirst(count)
    case .wouldBlock: break
    // The reading side finds out.
    case .endOfStream, .broken: output = []
    }
    updateWatch()
  }

  private func read() {
    withUnsafeTemporaryAllocation(byteCount: TestWebSocket.readBuffer, alignment: 16) { buffer in
      switch Sockets.receive(descriptor, into: buffer) {
      case .bytes(let count): take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      case .wouldBlock: break
      case .endOfStream: end(.finished)
      case .broken(let departure): end(departure)
      }
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    if state == .open {
      parser.append(bytes)
    } else {
      head += bytes
      guard let end = endOfHead() else { return }
      response = String(decoding: head[..<end], as: UTF8.self)
      guard response.hasPrefix("HTTP/1.1 101 "), response.contains(TestWebSocket.accept) else {
        return fail(.refused(String(decoding: head, as: UTF8.self)))
      }
      state = .open
      isShaken = true
      head[end...].withUnsafeBytes { parser.append($0) }
      head = []
      wake()
    }
    takeMessages()
  }

  private func takeMessages() {
    do throws(TestWebSocketError) {
      while let message = try parser.next() {
        answer(message)
        inbox.append(message)
      }
      wake()
    } catch {
      fail(error)
    }
  }

  private func answer(_ message: Message) {
    guard isPolite else { return }
    switch message {
    case .ping(let payload): send(bytes: TestFrame(TestFrame.Opcode.pong, payload).bytes)
    case .close(let code, _) where !sentClose: send(TestFrame.close(code).bytes, isClose: true)
    default: break
    }
  }

  /// Looked for in plain memory: a debug build under a sanitizer has thousands of heads to read on one thread.
  private func endOfHead() -> Int? {
    head.withUnsafeBytes { bytes in
      var start = 0
      while let found = memchr(bytes.baseAddress! + start, 0x0a, bytes.count - start) {
        start = UnsafeRawPointer(found) - bytes.baseAddress! + 1
        if start >= 4, bytes[start - 3] == 0x0a { return start }
      }
      return nil
    }
  }

  private func fail(_ failure: TestWebSocketError) {
    self.failure = failure
    end(.reset)
  }

  /// - Parameter departure: how the server left; nil where it does not know that this end has.
  func end(_ departure: Departure?) {
    guard state != .over else { return }
    state = .over
    self.departure = departure
    forgetWatch()
    if departure != nil && descriptor >= 0 {
      CLinux.close(descriptor)
      descriptor = -1
    }
    wake()
  }
}
