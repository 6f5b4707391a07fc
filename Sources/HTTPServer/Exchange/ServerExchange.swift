public import Budgets
internal import EventLoop
internal import HTTPFields
public import System

/// One request and its response. Lives on its server's loop.
///
/// What may happen when is ``ExchangeStateMachine``'s to know: this does what it says, with the library, the connection and
/// the handler.
public final class ServerExchange {
  /// The head that has arrived.
  public let request: ServerRequest
  /// The connection's other end.
  public var peer: Peer { connection.peer }
  /// Whether the other end is a process that a UNIX socket's group, or its user, shows to be a proxy to be believed.
  public var isFromTrustedUnixPeer: Bool { connection.isTrustedUnixPeer }
  /// When the head had arrived.
  public let start: MonotonicTime
  /// Anything that the handlers of this exchange share.
  public var context: AnyObject?
  /// Anything that the exchanges of the connection share.
  public var connectionContext: AnyObject? {
    get { connection.context }
    set { connection.context = newValue }
  }
  /// The account of the client that is believed to have sent the request, once the delegate has found it out: what the
  /// exchange holds counts there. Nil where no bound by client holds.
  public var account: ClientAccount?
  /// Called once if the client leaves before it has the whole response (or is cut off for being too slow).
  public var onClientLeft: (() -> Void)?

  /// The status that was sent, or is about to be.
  public internal(set) var status: Int?
  /// Bytes of content given to the socket.
  public internal(set) var bytesSent = 0
  /// When the first byte of the response was given to the socket.
  public internal(set) var firstByte: MonotonicTime?

  let connection: ServerConnection
  var state: ExchangeStateMachine
  /// Who has the body, until its end.
  var bodyReader = BodyReader.none
  /// What has come of a body that is held until it is complete.
  var collected: [UInt8] = []
  /// Until the library has it, or the socket.
  var response: ServerResponse?
  /// The content of the response, where it is written while it is sent.
  var stream: ResponseStream?
  var upgradeHandler: ((UpgradedConnection) -> Void)?
  /// Since when the connection waits without being suspended.
  var awakeSince: MonotonicTime?
  /// What the body holds: one of up to so many bytes always finds room.
  var bodyCharge = MemoryCharge(freeBytes: ServerExchange.smallBody)
  /// What a response holds that the library has in one piece.
  var wholeCharge = MemoryCharge(freeBytes: ServerExchange.wholeResponseLimit)

  /// Bytes of a body that is held without being counted, and that are reserved for one on the word of its client.
  static let smallBody = 64 * 1024
  /// Bytes of a response that the library gets in one piece.
  static let wholeResponseLimit = 64 * 1024

  enum BodyReader {
    case none
    case collector(([UInt8]) -> Void)
    case sink(any RequestBodySink)
    /// It waits for one: what has come is in ``collected``.
    case nobodyYet
  }

  init(connection: ServerConnection, request: ServerRequest) {
    self.connection = connection
    self.request = request
    start = connection.server.loop.now
    state = ExchangeStateMachine(
      hasBody: request.hasBody, isChunked: request.isChunked,
      expectsContinue: request.fields.contains("expect"))
  }

  var server: HTTPServer { connection.server }
}

// MARK: - For handlers

extension ServerExchange {
  /// Bytes of the request's content that have come.
  public var bytesReceived: Int { state.bytesReceived }
  /// Whether the whole request has arrived.
  public var isRequestComplete: Bool { state.isRequestComplete }
  /// Whether a response was given, by ``respond(_:)`` or by the server itself.
  public var hasResponse: Bool { state.hasResponse }
  /// Whether the response is one that is made piece by piece, and not at its end.
  public var isStreaming: Bool { stream != nil && !hasEnded }
  /// Whether the exchange is over.
  public var hasEnded: Bool { state.hasEnded }
  /// Whether the client left, or was cut off, before it had the whole response.
  public var wasCutOff: Bool { state.wasCutOff }
  /// Whether the server has refused it by itself: what a handler gives afterwards is dropped.
  public var isRefused: Bool { state.isRefused }

  /// Whether the response is still sent to a client that has closed its writing half: it may have closed the whole connection
  /// as well, of which nothing is known until something is sent to it.
  public var outlivesHalfClose: Bool {
    get { state.outlivesHalfClose }
    set { state.outlivesHalfClose = newValue }
  }

  /// Whether a second response is dropped without a word: somebody has given up the handler's work and responded for it.
  public var dropsLaterResponses: Bool {
    get { state.dropsLaterResponses }
    set { state.dropsLaterResponses = newValue }
  }

  /// Counts the connection on its peer's account no longer: the peer is a proxy since the configuration has changed.
  public func releaseConnection() { connection.hold = nil }

  /// Ends the connection without (the rest of) a response.
  public func abort() {
    guard !hasEnded else { return }
    connection.terminate()
  }
}

// MARK: - Actions

extension ServerExchange {
  /// Does what the state machine says.
  ///
  /// - Returns: whether the library is to go on with the connection.
  @discardableResult
  func perform(_ action: ExchangeStateMachine.Action) -> Bool {
    switch action {
    // What whoever has sent the event sees to.
    case .nothing, .keep, .note, .drop, .passNoBody, .startBody, .countDropped, .replaceResponse: return true
    case .close: return false
    case .deliver:
      server.deliver(self)
      return perform(state.handlerReturned())
    case .refuseHead, .collect, .give: preconditionFailure("these have a head or bytes with them")
    case .sendContinue: connection.daemon?.noteEvent()
    case .refuseBody(let limit): refuse(tooLarge(limit))
    case .finishBody:
      passBodyEnd()
      return perform(state.bodyFinished())
    case .wait:
      perform(state.waits(isAwake: connection.daemon?.maySpareSuspension(since: awakeSince) == true))
    case .waitAwake: waitAwake()
    case .suspend(let endsAwake):
      if endsAwake { endWaitingAwake() }
      connection.suspend()
    case .resume(let pause): resume(from: pause)
    case .queue: return queueResponse()
    case .sendPast(let pause):
      sendPastLibrary()
      resume(from: pause)
    case .sendNoRoom: sendNoRoom()
    case .refuseSlow: refuse(tooSlow)
    case .lookAgain: connection.lookAtPaceAgain()
    case .cut: connection.terminate()
    case .reset: connection.reset()
    case .stopHandler(let pause): stopHandler(resuming: pause)
    case .end(let releasesBody): endNow(releasesBody: releasesBody)
    }
    return true
  }

  private func waitAwake() {
    awakeSince = server.loop.now
    connection.waitAwake()
  }

  private func endWaitingAwake() {
    awakeSince = nil
    connection.daemon?.endSparedSuspension()
  }

  private func resume(from pause: ExchangeStateMachine.Pause) {
    switch pause {
    case .none: break
    case .awake: endWaitingAwake()
    case .handler, .body, .content: connection.resume()
    }
  }

  /// Whoever works for the client stops now, before the library has closed the connection.
  private func stopHandler(resuming pause: ExchangeStateMachine.Pause) {
    if !isRequestComplete { dropBodyReader() }
    callOnClientLeft()
    stream?.discard()
    resume(from: pause)
  }

  func callOnClientLeft() {
    let action = onClientLeft
    onClientLeft = nil
    action?()
  }

  func dropBodyReader() {
    bodyReader = .none
    collected = []
  }

  private func endNow(releasesBody: Bool) {
    if awakeSince != nil { endWaitingAwake() }
    onClientLeft = nil
    upgradeHandler = nil
    response = nil
    dropBodyReader()
    if releasesBody { bodyCharge.release(in: server.bodyLease, for: account) }
    wholeCharge.release(in: server.unsentLease, for: account)
    server.didEnd(self)
    // The two know each other.
    stream?.detach()
    stream = nil
  }
}

// MARK: - For the connection

extension ServerExchange {
  /// The client is gone, or the connection is cut.
  func clientLeft() { perform(state.clientLeft()) }

  /// libmicrohttpd is done with the request.
  func end(wasSent: Bool) {
    if !wasSent { clientLeft() }
    perform(state.end())
  }

  /// The connection has left HTTP.
  func hand(over upgraded: UpgradedConnection) {
    state.handedOver()
    let handler = upgradeHandler
    upgradeHandler = nil
    handler?(upgraded)
  }

  /// Whether its handler has the connection: then it ends with that.
  var isUpgraded: Bool { state.phase == .upgraded }
  /// Whether it has a response that leaves HTTP.
  var isUpgrade: Bool { status == 101 }
}
