internal import EventLoop
internal import System

// Time-outs: a byte now and then extends none of them.

extension ServerConnection {
  /// How long to wait for the library to read on, before looking whether it has read all.
  static let readingPause = Duration.milliseconds(10)
  /// How long the library has to find out that a socket was shut.
  static let closingTime = Duration.seconds(1)

  func setDeadline(after delay: Duration) { setDeadline(at: server.loop.now + delay) }

  func setDeadline(at time: MonotonicTime) {
    // Nothing that the client could still send is worth waiting for.
    let time =
      hasPeerClosed && isReceiving ? min(time, server.loop.now + ServerConnection.readingPause) : time
    deadline.time = time
    guard let timer, deadline.isMissed(byTimerAt: timer.wakeUp) else { return }
    timer.schedule(at: time)
  }

  /// Whether the next thing to happen is that the client sends something.
  private var isReceiving: Bool { exchange.map { $0.state.phase == .receiving } ?? (rest != .end) }

  func timeIsUp() {
    switch deadline.wake(at: server.loop.now) {
    case .idle: return
    case .tooSoon(let time): timer?.schedule(at: time)
    case .reached: deadlineIsReached()
    }
  }

  private func deadlineIsReached() {
    if isTerminated { return letLibraryLook() }
    if endsWithPeer { return terminate() }
    if hasPeerClosed && isReceiving { return endIfAllWasRead() }
    if let exchange {
      exchange.perform(exchange.state.timeIsUp(isTooSlow: isTooSlow(exchange.state.phase)))
    } else if rest == .firstHead {
      refuseSlowHead()
    } else {
      terminate()
    }
  }

  private func isTooSlow(_ phase: ExchangeStateMachine.Phase) -> Bool {
    let now = server.loop.now
    switch phase {
    case .receiving: return pace.isBodyTooSlow(at: now)
    // Of a socket that cannot say, all that was given counts as taken.
    case .sending: return pace.isReaderTooSlow(unacknowledged: socket.unacknowledgedBytes, at: now)
    case .handling, .dropping, .upgraded, .left, .ended: return false
    }
  }

  private func refuseSlowHead() {
    let refusal = ServerRefusal(status: 408, detail: "the request came too slowly", exchange: nil)
    // Of a head that is not whole the method may be.
    sendPastLibrary(server.response(for: refusal).allowed(to: peekAtMethod()))
    dropTheRest()
  }

  /// What comes, or is read, is fast enough for now.
  func lookAtPaceAgain() {
    let now = server.loop.now
    let isSending = exchange?.state.phase == .sending
    setDeadline(at: isSending ? pace.nextReaderLook(after: now) : pace.nextBodyLook(after: now))
  }

  /// Has libmicrohttpd look at a socket that it should have found shut by now. It takes a short read for the end of what there
  /// is, the kernel may have told of that and of a reset by one event, and shutting a socket that was reset tells of nothing. One
  /// that is resumed it reads from.
  private func letLibraryLook() {
    deadline.time = nil
    guard isInLibrary, upgraded == nil, exchange?.request.isChunked != true else { return }
    lookAgain()
    setDeadline(after: ServerConnection.closingTime)
  }
}

// MARK: - Of the body

extension ServerConnection {
  /// The body is held in memory: it has its time in all.
  func limitBodyTime() {
    pace.limitBody(to: server.loop.now + server.limits.collectedBodyTime)
    lookAtPaceAgain()
  }

  func noteBodyProgress(_ count: Int) {
    pace.noteBody(count, at: server.loop.now)
    bodyPieces &+= 1
  }
}

// MARK: - Of the response's reader

extension ServerConnection {
  func startSending() {
    setDeadline(at: pace.responseBegins(server.limits, at: server.loop.now))
  }

  /// The library has taken so many bytes for the socket, or is about to end the response.
  func noteSendProgress(_ count: Int) {
    pace.noteGiven(count)
    if deadline.time == nil { beginWaiting() }
  }

  /// The library has the whole response.
  func noteGiven(_ count: Int) { pace.noteGiven(count) }

  func beginWaiting() { setDeadline(at: pace.waitingBegins(at: server.loop.now)) }

  func endWaiting() {
    pace.waitingEnds(at: server.loop.now)
    deadline.time = nil
  }

  /// Ends the connection of a reader that is too slow.
  func reset() {
    socket.resetAtClose()
    terminate()
  }
}
