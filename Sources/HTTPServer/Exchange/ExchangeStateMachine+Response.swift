// Events of the response.

extension ExchangeStateMachine {
  /// A handler gives the response.
  mutating func responseGiven(_ kind: ResponseKind) -> Action {
    guard isAwaited else { return .drop(warns: false) }
    guard response == .none else { return .drop(warns: !dropsLaterResponses) }
    return take(kind)
  }

  /// The server refuses the request by itself. The handler's response may wait for the end of the body, and then is not sent,
  /// or may still come, and then is dropped.
  mutating func refused() -> Action {
    guard isAwaited else { return .nothing }
    switch phase {
    case .receiving, .handling:
      isRefused = true
      response = .none
      return .replaceResponse
    // What is being sent cannot be taken back.
    case .sending, .upgraded: return .cut
    case .dropping, .left, .ended: return .nothing
    }
  }

  /// The server gives the response to a request that it has ``refused()``.
  mutating func refusalGiven(_ kind: ResponseKind) -> Action { take(kind) }

  /// The server refuses a request whose head the library has not read, or not all of it.
  mutating func unseenRefused() {
    isRefused = true
    markSentPast()
  }

  private mutating func take(_ kind: ResponseKind) -> Action {
    guard phase != .left else {
      response = .taken
      return .note
    }
    response = .kept(kind)
    if isCalling { return .keep }
    if isRequestComplete { return pause == .none ? .keep : resume() }
    return kind.goesEarly ? sendEarly() : .keep
  }

  mutating func sendEarly() -> Action {
    markSentPast()
    return .sendPast(resuming: leavePause())
  }

  private mutating func markSentPast() {
    phase = .dropping
    response = .taken
    dropBody()
  }

  mutating func queue() -> Action {
    phase = .sending
    response = .taken
    return .queue
  }

  /// The library has no room for the head of the response that it was to have.
  mutating func foundNoRoom(for kind: ResponseKind) -> Action {
    markSentPast()
    // A refusal can go out as it is.
    if kind.closesConnection && kind.isWhole { return .sendPast(resuming: .none) }
    isRefused = true
    return .sendNoRoom
  }

  /// The library wants content, and there is none.
  ///
  /// - Parameter isPastLibrary: whether what comes can be sent past the library.
  mutating func contentRunsDry(isPastLibrary: Bool) -> Action {
    guard phase == .sending, pause == .none else { return .nothing }
    pause = .content(isPastLibrary: isPastLibrary)
    return .suspend(endsAwake: false)
  }

  /// There is content for the library to send, or its end.
  ///
  /// - Parameter isFlushed: whether nothing waits to be sent past the library.
  mutating func contentArrived(isFlushed: Bool) -> Action {
    switch pause {
    case .content(isPastLibrary: false): resume()
    case .content(isPastLibrary: true) where isFlushed: resume()
    case .content, .none, .awake, .handler, .body: .nothing
    }
  }

  /// The response that leaves HTTP is out: the handler has the connection.
  mutating func handedOver() {
    precondition(phase == .sending, "only a response that was sent leaves HTTP")
    phase = .upgraded
  }

  mutating func resume() -> Action { .resume(from: leavePause()) }

  mutating func leavePause() -> Pause {
    defer { pause = .none }
    return pause
  }
}
