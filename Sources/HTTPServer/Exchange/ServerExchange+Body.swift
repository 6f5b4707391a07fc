internal import Budgets

// The request's content.

extension ServerExchange {
  /// Reads the whole body and passes it on; one over `limit` bytes gets 413. At most once for an exchange, and before the
  /// delegate has returned, as ``streamBody(to:)``.
  public func collectBody(limit: Int, then: @escaping ([UInt8]) -> Void) {
    let held = takeHeldBody()
    let action = state.collectBody(limit: limit, declared: request.contentLength)
    switch action {
    case .passNoBody: then(held)
    case .startBody:
      bodyReader = .collector(then)
      collected = held
      // Not all at once on the word of a peer that may send nothing.
      collected.reserveCapacity(min(request.contentLength ?? 4096, ServerExchange.smallBody))
      connection.limitBodyTime()
      resumeBody()
    default: perform(action)
    }
  }

  /// Passes the body on as it comes.
  public func streamBody(to sink: any RequestBodySink) {
    let held = takeHeldBody()
    let action = state.streamBody()
    var takesMore = true
    if !held.isEmpty {
      takesMore = held.withUnsafeBytes { sink.receive($0) }
      // From here on it is the sink's to count.
      bodyCharge.release(in: server.bodyLease, for: account)
    }
    if action == .passNoBody { return sink.finish() }
    bodyReader = .sink(sink)
    if takesMore { resumeBody() }
  }

  /// Lets the body wait: who reads it is known later. ``collectBody(limit:then:)`` and ``streamBody(to:)`` may come after the delegate has
  /// returned then. Before it has, and at most once for an exchange.
  public func holdBackBody() {
    if state.streamBody() == .startBody { bodyReader = .nobodyYet }
  }

  /// A body that was held back, and still has no reader, is read and thrown away.
  public func dropHeldBody() {
    guard case .nobodyYet = bodyReader else { return }
    _ = takeHeldBody()
    state.dropBody()
    bodyCharge.release(in: server.bodyLease, for: account)
    resumeBody()
  }

  /// What has come of a body that was held back.
  private func takeHeldBody() -> [UInt8] {
    guard case .nobodyYet = bodyReader else { return [] }
    let bytes = collected
    dropBodyReader()
    state.bodyIsHeldNoMore()
    return bytes
  }

  /// Lets the body go on after a sink has taken no more for the moment.
  public func resumeBody() { perform(state.resumeBody()) }

  /// Counts so many bytes as the body's, in place of those of it that were collected: what a handler makes of it, and holds
  /// until the exchange ends. Where there is no room for them the request is refused.
  ///
  /// - Returns: whether there is, and somebody waits for the response.
  public func holdBody(_ bytes: Int) -> Bool {
    guard state.isAwaited else { return false }
    if let refusal = bodyCharge.change(to: bytes, in: server.bodyLease, for: account) {
      refuse(noRoom(refusal))
      return false
    }
    return true
  }

  /// Somebody has the body that ``collectBody(limit:then:)`` has passed on, whether the client waits or not: its memory is
  /// counted until ``bodyIsRead()``, which has to be called.
  public func keepBody() { state.keepBody() }

  /// Nobody has the body any more that ``collectBody(limit:then:)`` has passed on: its memory is for others, however long
  /// the response takes. Harmless when it is called again.
  public func bodyIsRead() {
    guard state.bodyIsRead() else { return }
    bodyCharge.release(in: server.bodyLease, for: account)
  }
}

// MARK: - For libmicrohttpd's callbacks

extension ServerExchange {
  /// The head has just arrived.
  ///
  /// - Returns: whether the library is to go on, as of the next two.
  func begin(refusal: RequestValidation.Refusal?) -> Bool {
    let action = state.headArrived(isSound: refusal == nil)
    guard let refusal else { return perform(action) }
    refuse(ServerRefusal(status: refusal.status, detail: refusal.detail, exchange: self))
    return perform(state.handlerReturned())
  }

  /// A piece of the body. All of it is taken.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let action = state.bodyArrived(bytes.count)
    switch action {
    case .countDropped: return connection.mayDrop(bytes.count)
    case .close: return false
    default: break
    }
    if mayHaveMoreToRead { connection.daemon?.noteEvent() }
    connection.noteBodyProgress(bytes.count)
    switch action {
    case .collect: collect(bytes)
    case .give: give(bytes)
    default: perform(action)
    }
    return true
  }

  /// The request is complete, or libmicrohttpd asks again for the response after the connection was resumed.
  func proceed() -> Bool { perform(state.libraryAsks()) }

  private func collect(_ bytes: UnsafeRawBufferPointer) {
    hold(bytes)
    perform(state.pieceTaken(mayGoOn: true))
  }

  private func hold(_ bytes: UnsafeRawBufferPointer) {
    if let refusal = bodyCharge.change(to: bytesReceived, in: server.bodyLease, for: account) {
      state.dropBody()
      dropBodyReader()
      refuse(noRoom(refusal))
    } else {
      collected.append(contentsOf: bytes)
    }
  }

  private func give(_ bytes: UnsafeRawBufferPointer) {
    var mayGoOn = false
    switch bodyReader {
    case .sink(let sink): mayGoOn = sink.receive(bytes)
    case .nobodyYet: hold(bytes)
    case .none, .collector: preconditionFailure("a body that is streamed has a sink")
    }
    perform(state.pieceTaken(mayGoOn: mayGoOn))
  }

  func passBodyEnd() {
    if case .nobodyYet = bodyReader { return }
    let reader = bodyReader
    let bytes = collected
    dropBodyReader()
    switch reader {
    case .none, .nobodyYet: break
    case .collector(let then): then(bytes)
    case .sink(let sink): sink.finish()
    }
  }

  /// Whether the socket may hold more of what the client has sent than the library has read at once. What it reads by one
  /// call, it also works off without being run again.
  var mayHaveMoreToRead: Bool { connection.headMemory + bytesReceived > ServerExchange.smallRequest }

  /// Bytes that surely fit into the library's memory for reading.
  private static let smallRequest = 4096

  /// libmicrohttpd gives the request up. Where its chunked body breaks the rules the client had a response of the library's
  /// own, which the log should tell.
  func noteLibraryResponse() {
    if state.hasLibraryResponse { status = 400 }
  }
}
