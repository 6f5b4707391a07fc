/// The states of one exchange: it takes what happens and returns what is to be done. A plain value without a socket,
/// libmicrohttpd or a clock; ``ServerExchange`` does what it says.
///
/// ```
/// receiving ─▶ handling, sending, left, or dropping: an error goes out while the body still comes
/// handling  ─▶ sending or left
/// sending   ─▶ ended, upgraded, left, or dropping: the library has no room for the response's head
/// upgraded, dropping, left ─▶ ended
/// ```
///
/// Whoever performs ``Action/deliver``, ``Action/collect``, ``Action/give`` or ``Action/finishBody`` calls code that may
/// send events of its own, such as a response. What they lead to is returned for the event that ends the call
/// (``handlerReturned()``, ``pieceTaken(mayGoOn:)``, ``bodyFinished()``): nothing is sent from inside a handler.
struct ExchangeStateMachine {
  /// How far the exchange is.
  enum Phase: Hashable {
    /// The head is there; the library reads what follows it.
    case receiving
    /// The request is complete, and nobody has given a response.
    case handling
    /// The library has the response.
    case sending
    /// A response was sent past the library, which takes none while a body comes. What still comes is dropped.
    case dropping
    /// The connection has left HTTP.
    case upgraded
    /// The client left, or was cut off, before it had the whole response. The library has not noticed yet.
    case left
    /// The client had the whole response, or was cut off before.
    case ended(wasCutOff: Bool)
  }

  /// What becomes of the request's content.
  enum Body: Hashable {
    /// The delegate has not said it yet.
    case undecided
    /// It is held until it is complete: at most so many bytes.
    case collecting(limit: Int)
    /// It is passed on as it comes.
    case streaming
    /// It is read and thrown away.
    case dropped
    case complete
  }

  /// What matters of a response here.
  struct ResponseKind: Hashable {
    /// Whether its status is 400 or more.
    let isError: Bool
    /// Whether all of its content is there.
    let isWhole: Bool
    /// Whether the connection ends with it.
    let closesConnection: Bool

    /// Whether it is sent at once while the body still comes, and not after it.
    var goesEarly: Bool { isError && isWhole }
  }

  /// Why the library does not go on with the connection.
  enum Pause: Hashable {
    case none
    /// It goes on, and asks for the response in each of its runs: ``AwakeConnections``.
    case awake
    /// For the handler's response.
    case handler
    /// For the reader of the body.
    case body
    /// For content of the response; what comes is sent past the library, or not.
    case content(isPastLibrary: Bool)

    var isSuspended: Bool {
      switch self {
      case .none, .awake: false
      case .handler, .body, .content: true
      }
    }
  }

  /// What is to be done.
  enum Action: Hashable {
    case nothing
    /// The library is to close the connection.
    case close
    /// Let the delegate have the request; then ``handlerReturned()``.
    case deliver
    /// Refuse the request for its head.
    case refuseHead
    /// Go on; the library sends 100 (Continue) where the client waits for it.
    case sendContinue
    /// Add the piece to those that are held; then ``pieceTaken(mayGoOn:)``.
    case collect
    /// Pass the piece on to the body's reader; then ``pieceTaken(mayGoOn:)``.
    case give
    /// Count the piece among those of a refused body.
    case countDropped
    /// Refuse the request: its body is over so many bytes.
    case refuseBody(limit: Int)
    /// Let the body's reader have its end; then ``bodyFinished()``.
    case finishBody
    /// Pass on at once that there is no content.
    case passNoBody
    /// Read the body from now on.
    case startBody
    /// Ask whether the connection may wait without being suspended; then ``waits(isAwake:)``.
    case wait
    /// Wait without being suspended from now on.
    case waitAwake
    /// Suspend the connection. It has waited awake until now, or not.
    case suspend(endsAwake: Bool)
    /// Resume the connection, which has paused so.
    case resume(from: Pause)
    /// Keep the response until the library asks for it.
    case keep
    /// Keep nothing of the response but its status, for the log: nobody is there to have it.
    case note
    /// Drop the response; tell that it is a handler's mistake, or not.
    case drop(warns: Bool)
    /// Give the response that was kept to the library.
    case queue
    /// Send the response past the library, then resume.
    case sendPast(resuming: Pause)
    /// Stop the handler, and drop what it has given; then ``refusalGiven(_:)``.
    case replaceResponse
    /// Stop the handler, and send 502 past the library: that has no room for the head of the response.
    case sendNoRoom
    /// Refuse the request: it came too slowly.
    case refuseSlow
    /// The body's or the reader's pace is to be looked at again, later.
    case lookAgain
    /// End the connection.
    case cut
    /// End the connection, and let the kernel drop what it still has for the client.
    case reset
    /// Stop the handler, drop the content that waits, then resume.
    case stopHandler(resuming: Pause)
    /// Tell the delegate that the exchange is over; what the body holds is given back, or not.
    case end(releasesBody: Bool)
  }

  /// Where the response is.
  enum Response: Hashable {
    case none
    /// The library has not asked for it yet.
    case kept(ResponseKind)
    /// The library has it, or it was sent past that, or there is nobody to have it.
    case taken
  }

  // The largest come first, as each request that is served has one of these.

  /// Bytes of the request's content that have come.
  var bytesReceived = 0
  var body: Body
  var phase = Phase.receiving
  var pause = Pause.none
  var response = Response.none
  /// Whether a handler, or the body's reader, is being called.
  var isCalling = false
  let isChunked: Bool
  let expectsContinue: Bool
  /// Whether somebody else has the collected body, beyond the exchange's end.
  var isBodyKept = false
  /// Whether the server has refused the request by itself: what a handler gives afterwards is dropped.
  var isRefused = false
  /// Whether a second response is dropped without a word.
  var dropsLaterResponses = false
  /// Whether the response is still sent to a client that has closed its writing half.
  var outlivesHalfClose = false

  init(hasBody: Bool, isChunked: Bool, expectsContinue: Bool) {
    body = hasBody ? .undecided : .complete
    self.isChunked = isChunked
    self.expectsContinue = expectsContinue
  }
}

// MARK: - What is asked

extension ExchangeStateMachine {
  var isRequestComplete: Bool {
    if case .complete = body { true } else { false }
  }

  var hasResponse: Bool {
    if case .none = response { false } else { true }
  }

  var hasEnded: Bool {
    if case .ended = phase { true } else { false }
  }

  /// Whether the client had not the whole response when it left, or was cut off.
  var wasCutOff: Bool { phase == .left || phase == .ended(wasCutOff: true) }

  /// Whether what a handler makes of the request has somebody to wait for it.
  var isAwaited: Bool { !hasEnded && !isRefused }

  /// Whether the content of the response is sent past the library for the moment.
  var sendsPastLibrary: Bool {
    // Asked for each token.
    if case .content(isPastLibrary: true) = pause { true } else { false }
  }

  /// Whether nothing is left to be done for a client that has closed its writing half, or `isGone`.
  func endsWithPeer(isGone: Bool) -> Bool {
    guard pause != .none else { return false }
    return isGone || !(outlivesHalfClose && isRequestComplete)
  }

  /// Whether the library, which gives the request up for what is wrong with it, has sent a response of its own: it does so
  /// where the chunks of a body break the rules.
  var hasLibraryResponse: Bool {
    phase == .receiving && isChunked && !isRequestComplete && response == .none
  }
}
