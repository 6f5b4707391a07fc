internal import CLinux
internal import EventLoop
internal import System

/// One connection of a fake Ollama. Lives on its loop.
final class ScriptedConnection {
  unowned let server: ScriptedServer
  let number: Int
  let descriptor: Int32

  var parser = HTTPParser(.requests)
  /// The exchanges whose script has not come to its end, oldest first. The first one runs.
  var exchanges: [ScriptedExchange] = []
  /// The exchange whose body is on its way.
  var receiving: ScriptedExchange?
  var readPace = Script.Step.ReadPace.full

  var output: [UInt8] = []
  var outputStart = 0
  /// False while an interim response goes out, which is none of the script's.
  var outputCounts = true
  /// The script has more to send right now, but others on the loop shall have their turn.
  var hasYielded = false

  private(set) var isOpen = true
  /// Both sides are done but for the rest of a body, which is thrown away until the peer closes.
  private(set) var isLingering = false
  private var watch: Watch?
  private lazy var timer = server.loop.makeTimer { [unowned self] in timerFired() }
  private lazy var readTimer = server.loop.makeTimer { [unowned self] in readSlowly() }

  init(server: ScriptedServer, number: Int, descriptor: Int32) {
    self.server = server
    self.number = number
    self.descriptor = descriptor
  }

  /// Whether no request is in progress, not even the head of one.
  var isIdle: Bool { exchanges.allSatisfy(\.hasEnded) && receiving == nil && parser.isBetweenMessages }

  func start() {
    do {
      watch = try server.loop.watch(descriptor, for: [.readable, .peerClosed]) { [self] events in
        handle(events)
      }
    } catch {
      preconditionFailure("the fake Ollama cannot watch a connection: \(error)")
    }
  }

  private func handle(_ events: IOEvents) {
    if mayRead, !events.isDisjoint(with: [.readable, .peerClosed, .error, .hangUp]) { receive() }
    if isOpen, !events.isDisjoint(with: [.error, .hangUp]) {
      return peerLeft(Sockets.pendingError(descriptor) == 0 ? .finished : .reset)
    }
    // Not reading: the end of the stream shows in the event alone.
    if isOpen, !mayRead, events.contains(.peerClosed) { return peerLeft(.finished) }
    advance()
  }

  /// Whether the socket is read as soon as it has something.
  var mayRead: Bool { isOpen && readPace == .full && exchanges.count < 64 }

  func updateInterest() {
    guard isOpen, let watch else { return }
    var events: IOEvents = isLingering ? [] : .peerClosed
    if mayRead { events.insert(.readable) }
    if hasYielded || outputStart < output.count { events.insert(.writable) }
    do {
      try watch.update(events)
    } catch {
      preconditionFailure("the fake Ollama cannot watch a connection: \(error)")
    }
  }

  // MARK: Timers

  /// Calls ``goOn(from:)`` at `time`.
  func wake(at time: MonotonicTime) {
    timer.schedule(at: time)
  }

  private func timerFired() {
    if isLingering { return end(.cut) }
    goOn(from: .timer)
  }

  func setReadPace(_ pace: Script.Step.ReadPace) {
    readPace = pace
    readTimer.cancel()
    if case .slow(_, let interval) = pace { readTimer.schedule(after: interval) }
  }

  private func readSlowly() {
    guard case .slow(let bytes, let interval) = readPace else { return }
    readTimer.schedule(after: interval)
    receive(atMost: bytes)
    advance()
  }

  // MARK: The end

  /// The peer has closed or broken the connection off.
  func peerLeft(_ departure: Departure) {
    end(withReset: false) { .peerLeft(departure, bytesSent: $0.bytesSent) }
  }

  /// Closes the connection; exchanges in progress end as `ending`.
  func end(_ ending: ScriptedOllama.Ending, withReset: Bool = false) {
    end(withReset: withReset) { _ in ending }
  }

  private func end(withReset: Bool, _ ending: (ScriptedExchange) -> ScriptedOllama.Ending) {
    guard isOpen else { return }
    endExchanges(ending)
    isOpen = false
    timer.cancel()
    readTimer.cancel()
    watch?.cancelBeforeClose()
    watch = nil
    if withReset { Sockets.closeWithReset(descriptor) } else { close(descriptor) }
    server.forget(self)
  }

  /// Closes in order. With more input still coming, `close` would break the connection off and the response might
  /// be lost: then the writing half goes first, and a second later the rest.
  func closeInOrder(expectsInput: Bool = false) {
    endExchanges { _ in .cut }
    guard receiving != nil || expectsInput else { return end(.cut) }
    receiving = nil
    isLingering = true
    setReadPace(.full)
    shutdown(descriptor, Int32(SHUT_WR))
    timer.schedule(after: .seconds(1))
  }

  private func endExchanges(_ ending: (ScriptedExchange) -> ScriptedOllama.Ending) {
    let ended = exchanges
    exchanges = []
    for exchange in ended {
      leaveGate(exchange)
      guard !exchange.hasEnded else { continue }
      markEnded(exchange, ending(exchange))
      exchange.leaveLiveResponse()
    }
  }

  func markEnded(_ exchange: ScriptedExchange, _ ending: ScriptedOllama.Ending) {
    exchange.hasEnded = true
    server.record.withLock { [request = exchange.request] record in
      record.update(request.number) { $0.request.body = request.body }
      record.end(request.number, ending)
    }
  }

  /// Ends an exchange's wait at a gate, if it does wait at one.
  func leaveGate(_ exchange: ScriptedExchange) {
    guard case .gate(let name) = exchange.wait else { return }
    exchange.wait = nil
    server.record.withLock { $0.changeWaiting(at: name, by: -1) }
  }
}
