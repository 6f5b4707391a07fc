internal import Handling
internal import Budgets
internal import EventLoop
internal import HTTPServer
internal import JSON
internal import System
internal import WebSocket

/// A WebSocket: the engine that knows the protocol, and the connection that it speaks over. Lives on its worker's loop.
///
/// What is sent within a tick of the loop goes out together at its end.
final class WebSocketConnection: UpgradedConnectionDelegate {
  weak var delegate: (any WebSocketConnectionDelegate)?
  private var engine: WebSocketEngine
  private let connection: UpgradedConnection
  private let flusher: SocketFlusher
  private let loop: EventLoop
  private var timer: LoopTimer?
  private var needsFlush = false
  /// Whether the socket took less than it was given.
  private var isBlocked = false
  private var pace: ReaderPace
  /// When to look whether the peer reads fast enough, while the socket is blocked.
  private var nextLook: MonotonicTime
  private var fragmented: FragmentedMessages?
  private var charge = MemoryCharge(freeBytes: WebSocketConnection.freeBytes)
  /// Whether there was no memory for what waits: then there is room only once little does.
  private var isPressed = false
  private var hasEnded = false
  private var hasToldClosing = false
  /// Whether the peer broke the protocol.
  private var isFailed = false

  /// Bytes that always find room: a message of a healthy client, and the one that it gets.
  private static let freeBytes = 64 * 1024
  /// Bytes that are not counted, as counting so few costs more than it is worth.
  private static let smallBytes = 4096
  /// What a socket may hold when there is no memory for it. What can wait for its reader comes to less.
  private static let pressedLimit = 512 * 1024

  init(
    _ connection: UpgradedConnection, flusher: SocketFlusher, sendTimeout: Duration,
    limits: WebSocketLimits = WebSocketLimits()
  ) {
    self.connection = connection
    self.flusher = flusher
    loop = connection.loop
    pace = ReaderPace(window: sendTimeout, isWaiting: false, at: loop.now)
    nextLook = loop.now
    engine = WebSocketEngine(role: .server, limits: limits, at: loop.now)
    timer = loop.makeTimer { [unowned self] in timeIsUp() }
    connection.delegate = self
    timer?.schedule(at: engine.deadline)
  }

  /// Whether messages are sent and received.
  var isOpen: Bool { engine.phase == .open && !hasEnded }

  /// The account of the client; nil where no bound by client holds.
  var account: ClientAccount? { connection.account }

  /// Whether the peer is behind: whoever can wait with more should.
  var isCongested: Bool { engine.isCongested || isPressed || fragmented != nil }

  /// Sends what `writer` holds as one text message, and empties it.
  func send(_ writer: inout JSONWriter) {
    writer.bytes.withUnsafeBytes { send(.text, $0) }
    writer.reset(keptBytes: 4096)
  }

  /// Sends a message. Text must be UTF-8.
  func send(_ kind: MessageKind, _ payload: UnsafeRawBufferPointer) {
    if let fragmented {
      return hold(kind == .text ? .text(Array(payload)) : .binary(Array(payload)), fragmented)
    }
    note(engine.send(kind, payload))
  }

  /// Sends a document as one text message, in fragments where it is long, as the peer reads them.
  func send(_ document: PiecewiseJSON) {
    guard isOpen else { return }
    if let fragmented { return hold(.document(document), fragmented) }
    fragmented = FragmentedMessages(document)
    sendFragments()
  }

  private func note(_ outcome: SendOutcome) {
    switch outcome {
    case .queued, .congested: setNeedsFlush()
    case .overflow: drop("the connection does not keep up: too much waits")
    case .closed: break
    }
  }

  /// Shows the peer out: what it has not begun to read it will not get. Should it read on, it finds the reason.
  private func drop(_ reason: String) {
    fragmented = nil
    engine.drop(.tryAgainLater, reason: reason, at: loop.now)
    setNeedsFlush()
  }

  private func hold(_ message: FragmentedMessages.Message, _ fragmented: FragmentedMessages) {
    guard isOpen else { return }
    fragmented.hold(message)
    if fragmented.waitingBytes > WebSocketConnection.pressedLimit {
      drop("the connection does not keep up: too much waits")
    }
  }

  /// Queues what there is room for.
  private func sendFragments() {
    while let fragmented, isOpen, !engine.isCongested, !isPressed {
      let isLast = fragmented.nextFragment { note(engine.sendFragment(.text, $0, isFirst: $1, isLast: $2)) }
      if isLast {
        let hasMore = fragmented.documentDidEnd { message in
          switch message {
          case .text(let bytes): bytes.withUnsafeBytes { note(engine.send(.text, $0)) }
          case .binary(let bytes): bytes.withUnsafeBytes { note(engine.send(.binary, $0)) }
          case .document: break
          }
        }
        if !hasMore { self.fragmented = nil }
      }
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
    settle()
  }

  func connectionCanWrite(_ connection: UpgradedConnection) {
    noteBlocked(false)
    flush()
  }

  func connectionDidEnd(_ connection: UpgradedConnection) {
    fragmented = nil
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
      pace.noteGiven(taken)
      noteBlocked(taken < waiting)
      let endsCongestion = engine.consume(taken)
      settle()
      if endsCongestion || (isPressed && engine.pendingBytes <= WebSocketConnection.smallBytes) { goOn() }
    }
    if engine.isFinished { finish() }
    scheduleTimer()
  }

  /// There is room again: for the document that is under way first.
  private func goOn() {
    isPressed = false
    guard fragmented != nil else {
      delegate?.socketHasRoom(self)
      return
    }
    sendFragments()
    if fragmented == nil { delegate?.socketHasRoom(self) }
  }

  private func noteBlocked(_ isBlocked: Bool) {
    guard isBlocked != self.isBlocked else { return }
    self.isBlocked = isBlocked
    if isBlocked { nextLook = pace.beginWaiting(at: loop.now) } else { pace.endWaiting(at: loop.now) }
  }

  /// Counts what the connection holds, where that is more than little.
  private func settle() {
    let held = engine.heldBytes + (fragmented?.waitingBytes ?? 0)
    guard held > WebSocketConnection.smallBytes || charge.bytes > 0, !hasEnded else { return }
    let counted = held > WebSocketConnection.smallBytes ? held : 0
    guard charge.settle(at: counted, in: connection.unsentLease, for: connection.account) != nil else {
      return
    }
    // What waits for a slow reader can wait at its source; a message that is half there cannot.
    isPressed = true
    if engine.partialBytes > WebSocketConnection.freeBytes || held > WebSocketConnection.pressedLimit {
      drop("there is no memory left for what this connection holds")
    }
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
    fragmented = nil
    charge.release(in: connection.unsentLease, for: connection.account)
    // Before the request ends with the connection, and the delegate with the request.
    delegate?.socketDidEnd(self)
    connection.close()
  }

  private func scheduleTimer() {
    guard !hasEnded else { return }
    let isTimed = isBlocked && engine.phase == .open
    let deadline = isTimed ? min(engine.deadline, nextLook) : engine.deadline
    if let timer, !timer.isScheduled || timer.deadline != deadline { timer.schedule(at: deadline) }
  }

  /// Whether the peer takes what waits for it more slowly than it may.
  private func lookAtPace() {
    guard isBlocked, engine.phase == .open, loop.now >= nextLook else { return }
    nextLook = pace.nextLook(after: loop.now)
    if pace.look(queued: connection.unacknowledgedBytes, at: loop.now) {
      drop("the connection does not keep up")
    }
  }

  private func timeIsUp() {
    lookAtPace()
    switch engine.tick(at: loop.now) {
    case .nothing: scheduleTimer()
    case .write:
      setNeedsFlush()
      scheduleTimer()
    case .disconnect:
      if isBlocked { connection.discardUnsent() }
      end()
    }
  }
}

extension WebSocketClosure {
  fileprivate var isFailure: Bool {
    if case .failure = cause { true } else { false }
  }
}
