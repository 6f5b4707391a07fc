public import Budgets
internal import EventLoop
internal import HTTPFields
public import System

/// One request and its response. Lives on its server's loop.
public final class ServerExchange {
  public let request: ServerRequest
  /// The client's address and port, or `unix`.
  public var client: String { connection.client }
  /// The address of the connection's other end.
  public var peer: PeerAddress { connection.peer }
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
  /// Counts the connection on its peer's account no longer: the peer is a proxy since the configuration has changed.
  public func releaseConnection() { connection.hold = nil }
  /// The account of the client that is believed to have sent the request, once the delegate has found it out: what the
  /// exchange holds counts there. Nil where no bound by client holds.
  public var account: ClientAccount?
  /// Whether the response is still sent to a client that has closed its writing half: it may have closed the whole connection
  /// as well, of which nothing is known until something is sent to it.
  public var outlivesHalfClose = false
  /// Called once if the client leaves before it has the whole response (or is cut off for being too slow).
  public var onClientLeft: (() -> Void)?

  /// The status that was sent, or is about to be.
  public private(set) var status: Int?
  /// Bytes of the request's content that have come.
  public private(set) var bytesReceived = 0
  /// Bytes of content given to the socket.
  public private(set) var bytesSent = 0
  /// When the first byte of the response was given to the socket.
  public private(set) var firstByte: MonotonicTime?
  /// Whether the exchange is over.
  public private(set) var hasEnded = false
  /// Whether it ended without the whole response being sent.
  public private(set) var wasCutOff = false
  /// Whether the server has refused it by itself: what a handler answers afterwards is dropped.
  public private(set) var isRefused = false
  /// Whether a second response is dropped without a word: somebody has given up the handler's work and answered for it.
  public var dropsLaterResponses = false

  let connection: ServerConnection
  private var body: BodyState
  private var response: ResponseState = .none
  private var isSuspended = false
  /// Since when the connection waits without being suspended.
  private var awakeSince: MonotonicTime?
  private var isInsideHandler = false
  private var stream: ResponseStream?
  private var upgradeHandler: ((UpgradedConnection) -> Void)?
  /// Whether its handler has the connection: then it ends with that.
  private(set) var isUpgraded = false
  /// Bytes of a response that the library gets in one piece.
  private static let wholeResponseLimit = 64 * 1024
  /// What the body holds: one of up to so many bytes always finds room.
  private var bodyCharge = MemoryCharge(freeBytes: ServerExchange.smallBody)
  /// Whether it is held beyond the exchange's end.
  private var isBodyKept = false
  /// What a response holds that the library has in one piece.
  private var wholeCharge = MemoryCharge(freeBytes: ServerExchange.wholeResponseLimit)
  private static let smallBody = 64 * 1024

  private enum BodyState {
    case undecided
    case collecting(bytes: [UInt8], limit: Int, then: ([UInt8]) -> Void)
    case streaming(any RequestBodySink)
    case dropped
    case complete
  }

  private enum ResponseState {
    case none
    case ready(ServerResponse)
    case queued
    /// Written past libmicrohttpd, because it takes no response while a body arrives: the rest of the body is
    /// dropped, then the connection closes.
    case sentEarly
  }

  init(connection: ServerConnection, request: ServerRequest) {
    self.connection = connection
    self.request = request
    start = connection.server.loop.now
    body = request.hasBody ? .undecided : .complete
  }

  private var server: HTTPServer { connection.server }
}

// MARK: - For handlers

extension ServerExchange {
  /// Whether the whole request has arrived.
  public var isRequestComplete: Bool {
    if case .complete = body { true } else { false }
  }

  /// Whether ``respond(_:)`` has been called.
  public var hasResponse: Bool {
    if case .none = response { false } else { true }
  }

  /// Whether the response is one that is made piece by piece, and not at its end.
  public var isStreaming: Bool { stream != nil && !hasEnded }

  /// Somebody has the body that ``collectBody(limit:then:)`` has passed on, whether the client waits or not: its memory is
  /// counted until ``bodyIsRead()``, which has to be called.
  public func keepBody() {
    guard !hasEnded else { return }
    isBodyKept = true
  }

  /// Nobody has the body any more that ``collectBody(limit:then:)`` has passed on: its memory is for others, however long
  /// the answer takes. Harmless when it is called again.
  public func bodyIsRead() {
    guard isRequestComplete else { return }
    isBodyKept = false
    bodyCharge.release(in: server.bodyLease, for: account)
  }

  /// Reads the whole body and passes it on; one over `limit` bytes is answered with 413.
  public func collectBody(limit: Int, then: @escaping ([UInt8]) -> Void) {
    if case .complete = body { return then([]) }
    guard case .undecided = body else { preconditionFailure("the body has its reader already") }
    if let length = request.contentLength, length > limit { return refuse(tooLarge(limit)) }
    var bytes: [UInt8] = []
    // Not all at once on the word of a peer that may send nothing.
    bytes.reserveCapacity(min(request.contentLength ?? 4096, ServerExchange.smallBody))
    connection.limitBodyTime()
    body = .collecting(bytes: bytes, limit: limit, then: then)
  }

  /// Counts so many bytes as the body's, in place of those of it that were collected: what a handler makes of it, and holds
  /// until the exchange ends. Where there is no room for them the request is refused.
  ///
  /// - Returns: whether there is, and somebody waits for the response.
  public func holdBody(_ bytes: Int) -> Bool {
    guard !hasEnded, !isRefused else { return false }
    if let refusal = bodyCharge.change(to: bytes, in: server.bodyLease, for: account) {
      refuse(noRoom(refusal))
      return false
    }
    return true
  }

  /// Passes the body on as it comes.
  public func streamBody(to sink: any RequestBodySink) {
    if case .complete = body { return sink.finish() }
    guard case .undecided = body else { preconditionFailure("the body has its reader already") }
    body = .streaming(sink)
  }

  /// Lets the body go on after a sink has answered false.
  public func resumeBody() {
    if case .streaming = body { resume() }
  }

  /// Answers the request. Once; dropped if the client has left, or the server has refused the request in the meantime.
  ///
  /// While the body still arrives, an error of up to 64 KiB is sent at once and the connection closed; any other
  /// response waits until the body is complete.
  public func respond(_ response: ServerResponse) {
    guard !hasEnded, !isRefused else { return response.drop() }
    guard case .none = self.response else {
      // When a handler's work ends is up to its peers: a mistake of this kind must not end everybody's requests.
      if !dropsLaterResponses {
        server.warn("a request has been answered twice: the second answer is dropped")
      }
      return response.drop()
    }
    answer(response)
  }

  private func answer(_ given: ServerResponse) {
    let response = given.allowed(to: request.method)
    status = response.status
    if case .stream(let stream, let length) = response.body {
      self.stream = stream
      stream.attach(to: self, framing: length == nil ? framing : nil)
    }
    self.response = .ready(response)
    guard !isInsideHandler else { return }
    if isRequestComplete { resume() } else { sendEarlyIfRefused() }
  }

  private var framing: ResponseStream.Framing { request.version == .http1_1 ? .chunked : .none }

  /// Ends the connection without (the rest of) a response.
  public func abort() {
    guard !hasEnded else { return }
    connection.terminate()
  }

  private func tooLarge(_ limit: Int) -> ServerRefusal {
    ServerRefusal(status: 413, detail: "the body is over the limit of \(limit) bytes", exchange: self)
  }

  private func noRoom(_ refusal: MemoryRefusal) -> ServerRefusal {
    switch refusal {
    case .exhausted: ServerRefusal(status: 503, detail: "too many large requests at once", exchange: self)
    case .clientShare:
      ServerRefusal(status: 429, detail: "too many large requests of this client at once", exchange: self)
    }
  }

  /// Answers for the handler, whose response may wait for the end of the body and then is not sent, or may still come and
  /// then is dropped.
  func refuse(_ refusal: ServerRefusal) {
    guard !hasEnded, !isRefused else { return }
    isRefused = true
    // Nobody will have what is being worked on, such as an upload whose end never comes.
    let stop = onClientLeft
    onClientLeft = nil
    stop?()
    stream?.detach()
    stream = nil
    var response = server.response(for: refusal)
    response.closesConnection = true
    answer(response)
  }
}

// MARK: - For the connection

extension ServerExchange {
  /// Refuses a request whose head libmicrohttpd has not read, or not all of it.
  func refuseUnseen(_ refusal: RequestValidation.Refusal) {
    isRefused = true
    let response = server.response(
      for: ServerRefusal(status: refusal.status, detail: refusal.detail, exchange: self))
    status = response.status
    sendPastLibrary(response)
    end(wasSent: true)
  }
}

extension ServerExchange {
  /// libmicrohttpd gives the request up. Where its chunked body breaks the rules the client had an answer of the library's own,
  /// which the log should tell.
  func noteLibraryAnswer() {
    guard request.isChunked, !isRequestComplete, status == nil, !wasCutOff, !connection.isTerminated else {
      return
    }
    status = 400
  }
}

/// Takes the body of a request piece by piece.
public protocol RequestBodySink: AnyObject {
  /// Takes all of `bytes`, valid during the call, and answers whether more may come at once; otherwise
  /// ``ServerExchange/resumeBody()`` lets it go on.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool
  /// The body is complete.
  func finish()
}

// MARK: - For libmicrohttpd's callbacks

extension ServerExchange {
  /// The head has just arrived.
  func begin(refusal: RequestValidation.Refusal?) -> Bool {
    isInsideHandler = true
    if let refusal {
      refuse(ServerRefusal(status: refusal.status, detail: refusal.detail, exchange: self))
    } else {
      server.deliver(self)
    }
    isInsideHandler = false
    let expectsContinue = request.fields.contains("expect")
    // The library is to send 100 (Continue).
    if expectsContinue { connection.daemon.noteEvent() }
    if case .undecided = body { body = .dropped }
    guard case .ready(let response) = response else { return true }
    // A client that waits for 100 (Continue) sends no body once it has a final response.
    let closes = response.closesConnection && isRequestComplete
    let awaitsContinue = !isRequestComplete && expectsContinue
    if closes || awaitsContinue { return queueResponse() }
    // Queued here, any response would be its connection's last; the library asks again at once.
    sendEarlyIfRefused()
    return true
  }

  /// A piece of the body. All of it is taken.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if case .sentEarly = response { return connection.mayDrop(bytes.count) }
    // Of a client that has left there may be more in the socket: a paused reader would wait for it for ever.
    guard !wasCutOff, !connection.isTerminated else { return false }
    bytesReceived += bytes.count
    if mayHaveMoreToRead { connection.daemon.noteEvent() }
    connection.noteBodyProgress(bytes.count)
    isInsideHandler = true
    take(bytes)
    isInsideHandler = false
    sendEarlyIfRefused()
    return true
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    switch body {
    case .collecting(var collected, let limit, let then):
      // The one reference to the array is `collected`, so that it grows in place.
      body = .dropped
      guard collected.count + bytes.count <= limit else { return refuse(tooLarge(limit)) }
      if let refusal = bodyCharge.change(
        to: collected.count + bytes.count, in: server.bodyLease, for: account)
      {
        return refuse(noRoom(refusal))
      }
      collected.append(contentsOf: bytes)
      body = .collecting(bytes: collected, limit: limit, then: then)
    case .streaming(let sink):
      // What it does with the bytes may have ended the connection.
      if !sink.receive(bytes) && !wasCutOff && !connection.isTerminated { suspend() }
    case .undecided, .dropped, .complete: break
    }
  }

  /// The request is complete, or libmicrohttpd asks again for the response after the connection was resumed.
  func proceed() -> Bool {
    if case .sentEarly = response { return false }
    if hasEnded || connection.isTerminated { return false }
    isInsideHandler = true
    completeBody()
    isInsideHandler = false
    if case .ready = response { return queueResponse() }
    waitForHandler()
    return true
  }

  /// The library asks again: at once where the connection is awake, else after ``resume()``.
  private func waitForHandler() {
    if connection.daemon.maySpareSuspension(since: awakeSince) {
      guard awakeSince == nil else { return }
      awakeSince = server.loop.now
      connection.waitForHandler(isAwake: true)
    } else {
      endWaitingAwake()
      connection.waitForHandler(isAwake: false)
      suspend()
    }
  }

  private func endWaitingAwake() {
    guard awakeSince != nil else { return }
    awakeSince = nil
    connection.isAwake = false
    connection.daemon.endSparedSuspension()
  }

  /// Whether the socket may hold more of what the client has sent than the library has read at once. What it reads by one
  /// call, it also works off without being run again.
  var mayHaveMoreToRead: Bool { connection.headMemory + bytesReceived > ServerExchange.smallRequest }

  /// Bytes that surely fit into the library's memory for reading.
  private static let smallRequest = 4096

  private func completeBody() {
    let state = body
    body = .complete
    switch state {
    case .collecting(let bytes, _, let then): then(bytes)
    case .streaming(let sink): sink.finish()
    case .undecided, .dropped, .complete: break
    }
  }

  private func queueResponse() -> Bool {
    guard case .ready(var response) = response else { preconditionFailure("no response to queue") }
    guard connection.hasRoom(for: response) else { return sendWithoutRoom(response) }
    self.response = .queued
    // Between two chunks the client may have sent lines that another server reads in another way: nothing follows them.
    if request.isChunked { response.closesConnection = true }
    firstByte = .now
    connection.startSending()
    switch response.body {
    case .bytes(let bytes) where bytes.count <= ServerExchange.wholeResponseLimit: take(whole: bytes.count)
    case .bytes(let bytes): response.body = .stream(stream(of: bytes), length: bytes.count)
    case .upgrade(let handler): upgradeHandler = handler
    case .stream, .head: break
    }
    return server.queue(response, on: connection)
  }

  /// The library has a copy of a small response until it is sent.
  private func take(whole count: Int) {
    bytesSent = count
    connection.noteGiven(count)
    guard count > ResponseStream.freeBytes else { return }
    _ = wholeCharge.settle(at: count, in: server.unsentLease, for: account)
  }

  /// The library takes a copy of a response that it gets whole: a large one is given to it in pieces.
  private func stream(of bytes: [UInt8]) -> ResponseStream {
    let stream = ResponseStream(of: bytes)
    stream.attach(to: self, framing: nil)
    self.stream = stream
    return stream
  }

  private func sendEarlyIfRefused() {
    guard case .ready(let response) = response, !isRequestComplete else { return }
    guard response.status >= 400, response.wholeContent != nil else { return }
    body = .dropped
    sendPastLibrary(response)
    resume()
  }

  private func sendPastLibrary(_ given: ServerResponse) {
    let response = given.allowed(to: request.method)
    guard let content = response.wholeContent else { return }
    self.response = .sentEarly
    firstByte = .now
    bytesSent = content.count
    connection.sendPastLibrary(response)
  }

  /// Sends a refusal, or one in place of a response that the library has no room for, and ends the connection.
  private func sendWithoutRoom(_ response: ServerResponse) -> Bool {
    if response.closesConnection, response.wholeContent != nil {
      sendPastLibrary(response)
      return false
    }
    onClientLeft?()
    onClientLeft = nil
    stream?.discard()
    let refusal = server.response(
      for: ServerRefusal(status: 502, detail: "the response's header is too large", exchange: self))
    status = refusal.status
    sendPastLibrary(refusal)
    return false
  }

  /// The connection has left HTTP.
  func hand(over upgraded: UpgradedConnection) {
    isUpgraded = true
    let handler = upgradeHandler
    upgradeHandler = nil
    handler?(upgraded)
  }

  /// libmicrohttpd has taken content for the socket.
  func didSend(_ count: Int) {
    bytesSent += count
    connection.noteSendProgress(count)
  }

  /// The socket has taken content past the library.
  func noteSent(_ count: Int) { bytesSent += count }

  func connectionCanWrite() { stream?.connectionCanWrite() }

  func suspend() {
    guard !isSuspended else { return }
    isSuspended = true
    connection.suspend()
  }

  func resume() {
    endWaitingAwake()
    guard isSuspended else { return }
    isSuspended = false
    connection.resume()
  }

  /// The client is gone: whoever works for it stops now, before the library has closed the connection.
  func clientLeft() {
    // A refusal that went out early is a whole response, whatever becomes of the rest of the body.
    guard !hasEnded, !wasCutOff, !isSentEarly else { return }
    wasCutOff = true
    if !isRequestComplete { body = .dropped }
    let action = onClientLeft
    onClientLeft = nil
    action?()
    stream?.discard()
    resume()
  }

  /// libmicrohttpd is done with the request.
  func end(wasSent: Bool) {
    guard !hasEnded else { return }
    if !wasSent { clientLeft() }
    hasEnded = true
    endWaitingAwake()
    onClientLeft = nil
    upgradeHandler = nil
    if !isRequestComplete { body = .dropped }
    if !isBodyKept { bodyCharge.release(in: server.bodyLease, for: account) }
    wholeCharge.release(in: server.unsentLease, for: account)
    server.didEnd(self)
    // The two know each other.
    stream?.detach()
    stream = nil
  }

  /// Whether it has a response that leaves HTTP.
  var isUpgrade: Bool { status == 101 }

  private var isSentEarly: Bool {
    if case .sentEarly = response { true } else { false }
  }
}
