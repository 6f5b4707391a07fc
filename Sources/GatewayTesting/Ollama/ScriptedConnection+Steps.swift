internal import EventLoop
internal import System

extension ScriptedConnection {
  /// How much a script may send in one tick before the others have theirs.
  private static let tickBudget = (bytes: 1 << 20, sends: 256)

  /// Ends the first exchange's wait, if it is this one.
  func goOn(from wait: ScriptedExchange.Wait) {
    guard let exchange = exchanges.first, exchange.wait == wait else { return }
    leaveGate(exchange)
    exchange.wait = nil
    advance()
  }

  /// Runs scripts until they wait for something.
  func advance() {
    var budget = Self.tickBudget
    hasYielded = false
    while isOpen, !isLingering, flush(&budget) {
      guard let exchange = exchanges.first, exchange.wait == nil else { break }
      guard let steps = exchange.steps else {
        guard exchange.awaitsContinue else { break }
        exchange.awaitsContinue = false
        send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), counts: false)
        continue
      }
      if budget.bytes <= 0 || budget.sends <= 0 {
        hasYielded = true
        break
      }
      if exchange.step == steps.count { finish(exchange) } else { perform(steps[exchange.step], exchange) }
    }
    updateInterest()
  }

  private func perform(_ step: Script.Step, _ exchange: ScriptedExchange) {
    switch step.action {
    case .repeat(let count, let interval, let piece):
      return performRepeat(count, interval, piece, exchange)
    case .flood(let pattern):
      return flood(pattern, exchange)
    case .live(let response): return perform(response, exchange)
    case .silence:
      exchange.wait = .forever
      return
    case .close: return closeInOrder()
    case .reset: return end(.cut, withReset: true)
    case .gate(let name):
      if !server.openGates.contains(name) {
        exchange.wait = .gate(name)
        server.record.withLock { $0.changeWaiting(at: name, by: 1) }
      }
    case .awaitBody:
      if !exchange.request.body.isWhole { exchange.wait = .body }
    case .awaitNextRequest:
      precondition(exchange.hasEnded, "awaitNextRequest comes after finishResponse")
      if exchanges.count < 2 { exchange.wait = .nextRequest }
    case .finishResponse: markEnded(exchange, .responded)
    case .send(let bytes): send(bytes)
    case .read(let pace): setReadPace(pace)
    case .pause(let duration):
      exchange.wait = .timer
      wake(at: server.loop.now + duration)
    }
    exchange.step += 1
  }

  private func performRepeat(
    _ count: Int, _ interval: Duration, _ piece: (Int) -> [UInt8], _ exchange: ScriptedExchange
  ) {
    let now = server.loop.now
    if exchange.piece == 0 { exchange.beat = now }
    if exchange.piece >= count {
      exchange.piece = 0
      exchange.step += 1
    } else if exchange.beat > now {
      exchange.wait = .timer
      wake(at: exchange.beat)
    } else {
      send(piece(exchange.piece))
      exchange.piece += 1
      // A reader that was stuck for long does not get all that it missed at once.
      exchange.beat = max(exchange.beat, now + interval * -2) + interval
    }
  }

  private func perform(_ response: LiveResponse, _ exchange: ScriptedExchange) {
    if let bytes = response.takeOutput() {
      send(bytes)
    } else if response.isWhole {
      exchange.step += 1
    } else {
      exchange.wait = .liveResponse
      response.wake = { [weak self] in self?.goOn(from: .liveResponse) }
    }
  }

  private func flood(_ pattern: [UInt8], _ exchange: ScriptedExchange) {
    if exchange.piece == 0 {
      exchange.piece = 1
      send(Script.flooded(pattern))
    } else {
      // The same bytes once more: nothing else has been sent since.
      outputStart = 0
    }
  }

  private func finish(_ exchange: ScriptedExchange) {
    if !exchange.hasEnded { markEnded(exchange, .responded) }
    exchanges.removeFirst()
    setReadPace(.full)
    if exchange.closesConnection { closeInOrder() }
  }

  // MARK: Output

  private func send(_ bytes: [UInt8], counts: Bool = true) {
    output = bytes
    outputStart = 0
    outputCounts = counts
  }

  /// Sends what is left of the current step's bytes.
  ///
  /// - Returns: whether the socket has taken all.
  private func flush(_ budget: inout (bytes: Int, sends: Int)) -> Bool {
    while outputStart < output.count {
      let result = output.withUnsafeBytes {
        Sockets.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[outputStart...]))
      }
      switch result {
      case .bytes(let count):
        outputStart += count
        budget.bytes -= count
        budget.sends -= 1
        if outputCounts { noteSent(count) }
      case .wouldBlock: return false
      case .endOfStream: preconditionFailure("send tells no end of stream")
      case .broken(let departure):
        peerLeft(departure)
        return false
      }
    }
    return true
  }

  private func noteSent(_ count: Int) {
    guard let exchange = exchanges.first else { return }
    exchange.bytesSent += count
    let (number, bytesSent) = (exchange.number, exchange.bytesSent)
    server.record.withLock { $0.update(number) { $0.bytesSent = bytesSent } }
  }
}

extension Script {
  /// A pattern as often as it takes to make a flood cheap: some 64 KiB.
  static func flooded(_ pattern: [UInt8]) -> [UInt8] {
    precondition(!pattern.isEmpty, "a flood needs a pattern")
    let count = max(1, (1 << 16) / pattern.count)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * pattern.count)
    for _ in 0..<count { bytes += pattern }
    return bytes
  }
}
