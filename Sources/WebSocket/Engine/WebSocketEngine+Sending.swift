public import System

extension WebSocketEngine {
  private var encoder: FrameEncoder { FrameEncoder(role: role) }

  /// Queues a message in one frame. Text must be UTF-8.
  public mutating func send(_ kind: MessageKind, _ payload: UnsafeRawBufferPointer) -> SendOutcome {
    guard phase == .open else { return .closed }
    guard queue.takes(payload.count + FrameHeader.maximumBytes) else { return .overflow }
    let encoder = encoder
    return outcome(queue.append { encoder.append(kind.opcode, payload, to: &$0) })
  }

  /// Queues a message in one frame. It is written by `write`, which appends it to the buffer, in its place among
  /// the frames: it is not copied.
  public mutating func send<Failure: Error>(
    _ kind: MessageKind, writing write: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> SendOutcome {
    guard phase == .open else { return .closed }
    let encoder = encoder
    return outcome(
      try queue.append { (buffer) throws(Failure) in
        try encoder.append(kind.opcode, to: &buffer, writing: write)
      })
  }

  /// Queues a part of a message: of a long one that is not there in one piece. Until its last part is queued, no other
  /// message may be: RFC 6455 section 5.4.
  public mutating func sendFragment(
    _ kind: MessageKind, _ payload: UnsafeRawBufferPointer, isFirst: Bool, isLast: Bool
  ) -> SendOutcome {
    guard phase == .open else { return .closed }
    let encoder = encoder
    return outcome(
      queue.append { buffer in
        encoder.append(isFirst ? kind.opcode : .continuation, isFinal: isLast, payload, to: &buffer)
      })
  }

  /// Queues a text message in one frame.
  public mutating func send(text: String) -> SendOutcome {
    var text = text
    return text.withUTF8 { send(.text, UnsafeRawBufferPointer($0)) }
  }

  private func outcome(_ wasQueued: Bool) -> SendOutcome {
    wasQueued ? (queue.isCongested ? .congested : .queued) : .overflow
  }

  /// Queues a pong, unless much waits already. Then it goes out when the rest has: a peer that sends pings and
  /// reads nothing costs one of them.
  mutating func answer(ping payload: UnsafeRawBufferPointer) {
    if queue.count > queue.marks.low {
      deferredPong = Array(payload)
    } else {
      sendControl(.pong, payload)
    }
  }

  mutating func sendControl(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer) {
    let encoder = encoder
    queue.appendUnbounded { encoder.append(opcode, payload, to: &$0) }
  }
}

// MARK: - To the socket

extension WebSocketEngine {
  /// Whether bytes wait for the socket.
  public var hasPending: Bool { !queue.isEmpty }
  /// How many bytes wait for the socket.
  public var pendingBytes: Int { queue.count }
  /// Whether more than the high mark waited and not yet less than the low one does.
  public var isCongested: Bool { queue.isCongested }

  /// Lends all frames that wait, in one piece, to be written by one system call.
  public func withPending<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try queue.withPending(body)
  }

  /// The socket took the first `length` bytes of what waits.
  ///
  /// - Returns: whether this ended a congestion.
  @discardableResult
  public mutating func consume(_ length: Int) -> Bool {
    let endsCongestion = queue.consume(length)
    if queue.count <= queue.marks.low, let pong = deferredPong {
      deferredPong = nil
      pong.withUnsafeBytes { sendControl(.pong, $0) }
    }
    return endsCongestion
  }
}

// MARK: - Time

extension WebSocketEngine {
  /// What ``WebSocketEngine/tick(at:)`` asks for.
  public enum Tick: Sendable {
    case nothing
    /// A ping was queued, or a close frame for a message that comes too slowly: write it.
    case write
    /// The peer answers no pings, or not the close frame, or does not read to the end: cut the connection. There
    /// will be no closing handshake, which is reported as 1006.
    case disconnect
  }

  /// When ``tick(at:)`` is to be called next. Calls of the other methods may move it.
  public var deadline: MonotonicTime { keepAlive.deadline }

  /// Does what is due.
  public mutating func tick(at now: MonotonicTime) -> Tick {
    switch keepAlive.tick(at: now, isWithinMessage: !parser.isIdle) {
    case .nothing: return .nothing
    case .ping:
      sendControl(.ping, UnsafeRawBufferPointer(start: nil, count: 0))
      return .write
    case .hurry:
      close(.policyViolation, reason: "a message came too slowly", at: now)
      return .write
    case .giveUp:
      disconnect()
      return .disconnect
    }
  }
}
