internal import EventLoop
internal import HTTPServer
internal import JSON
internal import WebSocket

/// What a ``WebSocketConnection`` tells. Called on the loop's thread.
protocol WebSocketConnectionDelegate: AnyObject {
  /// A text message, valid during the call.
  func socket(_ socket: WebSocketConnection, didReceive text: UnsafeRawBufferPointer)
  /// A binary message, valid during the call. Who says nothing of them refuses them.
  func socket(_ socket: WebSocketConnection, didReceiveBinary bytes: UnsafeRawBufferPointer)
  /// The peer keeps up again after ``WebSocketConnection/isCongested``.
  func socketHasRoom(_ socket: WebSocketConnection)
  /// The closing handshake has begun, at this end or for the peer's fault: nothing more is sent. Once, if at all; may
  /// come from inside a call of ``WebSocketConnection/close(_:reason:)``.
  func socketIsClosing(_ socket: WebSocketConnection)
  /// The connection is over, however that came. Once.
  func socketDidEnd(_ socket: WebSocketConnection)
}

extension WebSocketConnectionDelegate {
  func socket(_ socket: WebSocketConnection, didReceiveBinary bytes: UnsafeRawBufferPointer) {
    socket.close(.unsupportedData, reason: "only text messages are taken")
  }
}

/// A WebSocket: the engine that knows the protocol, and the connection that it speaks over. Lives on its worker's loop.
///
/// What is sent within a turn of the loop goes out together at its end.
final class WebSocketConnection: UpgradedConnectionDelegate {
  weak var delegate: (any WebSocketConnectionDelegate)?
  private var engine: WebSocketEngine
  private let connection: UpgradedConnection
  private let flusher: SocketFlusher
  private let loop: EventLoop
  private let sendTimeout: Duration
  private var timer: LoopTimer?
  private var needsFlush = false
  /// Whether the socket took less than it was given.
  private var isBlocked = false
  private var lastProgress: MonotonicTime
  private var hasEnded = false
  private var hasToldClosing = false
  /// Whether the peer broke the protocol.
  private var isFailed = false

  init(
    _ connection: UpgradedConnection, flusher: SocketFlusher, sendTimeout: Duration,
    limits: WebSocketLimits = WebSocketLimits()
  ) {
    self.connection = connection
    self.flusher = flusher
    self.sendTimeout = sendTimeout
    loop = connection.loop
    lastProgress = loop.now
    engine = WebSocketEngine(role: .server, limits: limits, at: loop.now)
    timer = loop.makeTimer { [unowned self] in timeIsUp() }
    connection.delegate = self
    timer?.schedule(at: engine.deadline)
  }

  /// Whether messages are sent and received.
  var isOpen: Bool { engine.phase == .open && !hasEnded }

  /// Whether the peer is behind: whoever can wait with more should.
  var isCongested: Bool { engine.isCongested }

  /// Sends what `writer` holds as one text message, and empties it.
  func send(_ writer: inout JSONWriter) {
    writer.bytes.withUnsafeBytes { send(.text, $0) }
    writer.reset(keptBytes: 4096)
  }

  /// Sends a message. Text must be UTF-8.
  func send(_ kind: MessageKind, _ payload: UnsafeRawBufferPointer) {
    switch engine.send(kind, payload) {
    case .queued, .congested: setNeedsFlush()
    case .overflow:
      engine.drop(.tryAgainLater, reason: "the connection does not keep up: too much waits", at: loop.now)
      setNeedsFlush()
    case .closed: break
    }
  }

  /// Begins the closing handshake.
  func close(_ code: CloseCode, reason: String) {
    engine.close(code, reason: reason, at: loop.now)
    setNeedsFlush()
  }

  // MARK: The connection

  func connection(_ connection: UpgradedConnection, didReceive bytes: UnsafeMutableRawBufferPointer) {
    var input = bytes
    while !hasEnded, let event = engine.next(from: &input, at: loop.now) {
      switch event {
      case .message(.text, let text): delegate?.socket(self, didReceive: text)
      case .message(.binary, let bytes): delegate?.socket(self, didReceiveBinary: bytes)
      case .ping, .pong: break
      case .closed(let closure): isFailed = closure.isFailure
      }
    }
    setNeedsFlush()
  }

  func connectionCanWrite(_ connection: UpgradedConnection) {
    isBlocked = false
    flush()
  }

  func connectionDidEnd(_ connection: UpgradedConnection) {
    engine.disconnect()
    end()
  }

  private func setNeedsFlush() {
    guard !hasEnded else { return }
    if !needsFlush {
      needsFlush = true
      flusher.add(self)
    }
    guard engine.phase != .open, !hasToldClosing else { return }
    hasToldClosing = true
    delegate?.socketIsClosing(self)
  }

  /// Writes what waits, by one system call.
  func flush() {
    needsFlush = false
    guard !hasEnded else { return }
    if engine.hasPending && !isBlocked {
      let (taken, waiting) = engine.withPending { (connection.write($0), $0.count) }
      isBlocked = taken < waiting
      if taken > 0 { lastProgress = loop.now }
      if engine.consume(taken) { delegate?.socketHasRoom(self) }
    }
    if engine.isFinished { finish() }
    scheduleTimer()
  }

  /// All is said. After a failure there may be input that nobody has read, and closing would reset the connection
  /// before the peer has seen the reason: then the peer's end is waited for, as long as the engine bears.
  private func finish() {
    if isFailed { connection.closeWriting() } else { end() }
  }

  private func end() {
    guard !hasEnded else { return }
    hasEnded = true
    timer?.cancel()
    timer = nil
    // Before the request ends with the connection, and the delegate with the request.
    delegate?.socketDidEnd(self)
    connection.close()
  }

  private func scheduleTimer() {
    guard !hasEnded else { return }
    let isTimed = isBlocked && engine.phase == .open
    let deadline = isTimed ? min(engine.deadline, lastProgress + sendTimeout) : engine.deadline
    if let timer, !timer.isScheduled || timer.deadline != deadline { timer.schedule(at: deadline) }
  }

  /// Whether the peer has taken nothing for as long as it may.
  private var isStuck: Bool {
    isBlocked && engine.phase == .open && loop.now >= lastProgress + sendTimeout
  }

  private func timeIsUp() {
    if isStuck {
      // Timers come before descriptors: after a long turn the socket may have room of which nobody has told yet.
      isBlocked = false
      flush()
    }
    guard !hasEnded else { return }
    if isStuck {
      // What it has not begun to read it will not get: should it read on, it finds the reason.
      engine.drop(.tryAgainLater, reason: "the connection does not keep up", at: loop.now)
      setNeedsFlush()
    }
    switch engine.tick(at: loop.now) {
    case .nothing: scheduleTimer()
    case .write:
      setNeedsFlush()
      scheduleTimer()
    case .disconnect: end()
    }
  }
}

extension WebSocketClosure {
  fileprivate var isFailure: Bool {
    if case .failure = cause { true } else { false }
  }
}
