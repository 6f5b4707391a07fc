internal import CMicroHTTPD
internal import EventLoop
internal import System

// Connections that libmicrohttpd does not go on with for a while.

extension ServerConnection {
  /// Suspends the connection for its exchange. From inside a call of the library's only.
  func suspend() {
    guard let handle else { return }
    switch exchange?.state.phase {
    // Nothing is left to send, and nothing to wait for from the client.
    case .sending: endWaiting()
    // The time in which we do not read is not the client's.
    case .receiving:
      pace.bodyPauses(at: server.loop.now)
      deadline.time = nil
    default: deadline.time = nil
    }
    library = .suspended
    MHD_suspend_connection(handle)
    endLaterWithPeer()
  }

  /// The connection waits for its handler without being suspended: see ``AwakeConnections``.
  func waitAwake() {
    deadline.time = nil
    endLaterWithPeer()
  }

  /// Ends it soon where its client has closed. While suspended, the library would not find out, and nothing else would look;
  /// and it must not be resumed from inside its own call.
  private func endLaterWithPeer() {
    if endsWithPeer { setDeadline(at: server.loop.now) }
  }

  func resume() {
    if exchange?.state.phase == .receiving {
      pace.bodyGoesOn(at: server.loop.now)
      lookAtPaceAgain()
      // What is in the socket already the loop does not tell of again.
      chunkBytesArrive()
    }
    runAgain()
  }

  /// Suspends the connection, for us to read from its socket in libmicrohttpd's place.
  func holdBack() {
    guard library == .running, let handle else { return }
    library = .held
    MHD_suspend_connection(handle)
    endLaterWithPeer()
  }

  /// Lets libmicrohttpd read again. Not from inside its own call.
  func letGo() { runAgain() }

  /// Lets libmicrohttpd look at the socket.
  func lookAgain() {
    if library == .running, let handle { MHD_suspend_connection(handle) }
    runAgain()
  }

  private func runAgain() {
    guard let handle else { return }
    library = .running
    MHD_resume_connection(handle)
    daemon?.requestRun()
  }

  /// The library is about to give up the connection, in a state in which 0.9 takes it from the list of those that have
  /// something to do and forgets to close it until it is the daemon's oldest: a run later it is told to look at it again.
  func closeSoon() {
    guard let handle else { return }
    cmhd_close_soon(handle)
    daemon?.requestRun()
  }
}

// MARK: - Clients that have closed

extension ServerConnection {
  var hasPeerClosed: Bool { peerState != .connected }

  /// The client has closed its writing half, or the whole connection. As nginx does, we take both for leaving; but
  /// what it sent before is served first if that takes no waiting, or its handler says so.
  func peerCloses(_ state: PeerState) {
    peerState = state
    if !isInLibrary || endsWithPeer { terminate() } else { setDeadline(at: server.loop.now) }
  }

  /// Whether nothing is left to be done for a client that has closed.
  var endsWithPeer: Bool {
    guard hasPeerClosed else { return false }
    guard let exchange else { return library == .held }
    return exchange.state.endsWithPeer(isGone: peerState == .gone)
  }

  /// Whether no request is being served, but one is to be expected at once: the client has just connected for it, or its
  /// first bytes are there.
  var isAboutToAsk: Bool { isIdle && !isTerminated && (rest == .firstHead || socket.hasBytes) }

  /// Ends the connection of a client that has closed it, once all that it had sent before is read.
  ///
  /// libmicrohttpd does not find out by itself: it takes a short read for the end of what there is, and the kernel tells
  /// of the last bytes and of the end behind them by one event.
  func endIfAllWasRead() {
    guard socket.hasBytes else { return terminate() }
    setDeadline(after: ServerConnection.readingPause)
  }
}
