// Events of the request: its head, its body and its end.

extension ExchangeStateMachine {
  /// The head has arrived.
  ///
  /// - Parameter isSound: whether it may be served.
  mutating func headArrived(isSound: Bool) -> Action {
    isCalling = true
    return isSound ? .deliver : .refuseHead
  }

  /// The delegate has had the request, or it was refused in its place.
  mutating func handlerReturned() -> Action {
    isCalling = false
    if body == .undecided { body = .dropped }
    let otherwise = expectsContinue ? Action.sendContinue : .nothing
    guard phase == .receiving, case .kept(let kind) = response else { return otherwise }
    if isRequestComplete {
      // Queued here, any response would be its connection's last; the library asks again at once.
      return kind.closesConnection ? queue() : otherwise
    }
    // A client that waits for 100 (Continue) sends no body once it has a final response.
    if expectsContinue { return queue() }
    return kind.goesEarly ? sendEarly() : .nothing
  }

  /// The handler wants the whole body.
  ///
  /// - Parameter declared: what `Content-Length` says, if anything.
  mutating func collectBody(limit: Int, declared: Int?) -> Action {
    guard bytesReceived <= limit else {
      dropBody()
      return .refuseBody(limit: limit)
    }
    if isRequestComplete { return .passNoBody }
    precondition(body == .undecided, "the body has its reader already")
    if let declared, declared > limit { return .refuseBody(limit: limit) }
    body = .collecting(limit: limit)
    return .startBody
  }

  /// The handler wants the body as it comes.
  mutating func streamBody() -> Action {
    if isRequestComplete { return .passNoBody }
    precondition(body == .undecided, "the body has its reader already")
    body = .streaming
    return .startBody
  }

  /// What was held back has its reader now, of which ``collectBody(limit:declared:)`` or ``streamBody()`` comes next.
  mutating func bodyIsHeldNoMore() {
    if body == .streaming { body = .undecided }
  }

  /// A piece of the body has come.
  mutating func bodyArrived(_ count: Int) -> Action {
    switch phase {
    case .dropping: return .countDropped
    // Of a client that has left there may be more in the socket: a paused reader would wait for it for ever.
    case .left, .ended: return .close
    case .receiving, .handling, .sending, .upgraded: break
    }
    bytesReceived += count
    switch body {
    case .collecting(let limit) where bytesReceived > limit:
      body = .dropped
      return .refuseBody(limit: limit)
    case .collecting:
      isCalling = true
      return .collect
    case .streaming:
      isCalling = true
      return .give
    case .undecided, .dropped, .complete: return .nothing
    }
  }

  /// The body's reader has taken the piece. What it did with that may have ended the connection.
  ///
  /// The library passes on further chunks that it has read already while the connection is suspended, and loses its way where
  /// that is suspended again.
  mutating func pieceTaken(mayGoOn: Bool) -> Action {
    isCalling = false
    guard phase == .receiving else { return .nothing }
    if case .kept(let kind) = response, kind.goesEarly { return sendEarly() }
    guard !mayGoOn, body == .streaming, pause == .none else { return .nothing }
    pause = .body
    return .suspend(endsAwake: false)
  }

  /// The body's reader, which wanted no more for the moment, takes more.
  mutating func resumeBody() -> Action { pause == .body ? resume() : .nothing }

  /// There was no room for what of the body has come, or the handler makes of it.
  mutating func dropBody() {
    if !isRequestComplete { body = .dropped }
  }

  /// The request is complete, or the library asks again for its response.
  mutating func libraryAsks() -> Action {
    switch phase {
    case .receiving, .handling: break
    case .sending, .dropping, .upgraded, .left, .ended: return .close
    }
    let hadReader = hasReader
    body = .complete
    guard !hadReader else {
      isCalling = true
      return .finishBody
    }
    return queueOrWait()
  }

  /// The body's reader has had the end of it.
  mutating func bodyFinished() -> Action {
    isCalling = false
    return phase == .receiving ? queueOrWait() : .close
  }

  private var hasReader: Bool {
    switch body {
    case .collecting, .streaming: true
    case .undecided, .dropped, .complete: false
    }
  }

  private mutating func queueOrWait() -> Action {
    if case .kept = response { return queue() }
    phase = .handling
    return .wait
  }

  /// - Parameter isAwake: whether the connection may wait, for the moment, without being suspended.
  mutating func waits(isAwake: Bool) -> Action {
    let wasAwake = pause == .awake
    guard !isAwake else {
      pause = .awake
      return wasAwake ? .nothing : .waitAwake
    }
    guard !pause.isSuspended else { return .nothing }
    pause = .handler
    return .suspend(endsAwake: wasAwake)
  }

  /// Somebody has the collected body, whether the client waits or not.
  mutating func keepBody() {
    if !hasEnded { isBodyKept = true }
  }

  /// Nobody has the collected body any more.
  ///
  /// - Returns: whether what it holds is to be given back.
  mutating func bodyIsRead() -> Bool {
    guard isRequestComplete else { return false }
    isBodyKept = false
    return true
  }
}

// MARK: - The end

extension ExchangeStateMachine {
  /// The time has come to look at the pace of the body, or of the response's reader.
  mutating func timeIsUp(isTooSlow: Bool) -> Action {
    switch phase {
    case .receiving: isTooSlow ? .refuseSlow : .lookAgain
    case .sending: isTooSlow ? .reset : .lookAgain
    case .dropping: .cut
    case .handling, .upgraded, .left, .ended: .nothing
    }
  }

  /// The client has left, or the connection is cut.
  mutating func clientLeft() -> Action {
    switch phase {
    case .receiving, .handling, .sending: break
    // A refusal that went out early is a whole response, whatever becomes of the rest of the body.
    case .dropping, .upgraded, .left, .ended: return .nothing
    }
    phase = .left
    dropBody()
    return .stopHandler(resuming: leavePause())
  }

  /// The library is done with the request, or the handler with its upgraded connection. For a response that was not sent
  /// whole ``clientLeft()`` comes first.
  mutating func end() -> Action {
    guard !hasEnded else { return .nothing }
    phase = .ended(wasCutOff: wasCutOff)
    dropBody()
    return .end(releasesBody: !isBodyKept)
  }
}
