internal import EventLoop
package import Fleet
internal import HTTPClient
internal import OllamaAPI
package import System

/// One request to an Ollama: a server is chosen, perhaps after a wait, the request sent, and what comes of the response told to the
/// sink; then the server is given back. Until the first byte of content has been told, the request may go on to another server.
/// Lives on its client's loop, which keeps it until its end.
///
/// Its failures are counted and logged here, for all who make calls.
package final class UpstreamCall {
  let client: UpstreamClient
  let work: UpstreamWork
  /// Until the first byte of content, where it can be sent once more.
  var request: UpstreamRequest?
  /// Until the end.
  var sink: (any UpstreamSink)?
  private(set) var transfer: Transfer?
  private(set) var place = Place.nowhere
  /// When the request was sent last.
  package private(set) var startTime: MonotonicTime
  /// How often it was sent to a server that the pool has chosen, and how long it waited for these.
  package private(set) var attempts = 0
  package private(set) var waited = Duration.zero
  /// Who asks, and how urgent that is.
  private var caller: FleetCaller?
  private var flow: UInt64 = 0
  private(set) var band = FleetBand.normal
  /// What became of the wish to stay where the conversation is known.
  package private(set) var affinity = FleetAffinity.none
  /// What it was sent with, where that is more context than it asks for.
  package private(set) var context: FittedContext?
  /// What it asks for.
  private var askedContext: Int?
  /// What the sink has read of a whole response.
  var report = FleetReport()
  /// Of the response; nil until its head has come.
  var status: Int?
  /// Of a response of which nothing was told yet.
  var heldHead: ResponseHead?
  var heldContent: [UInt8] = []
  /// Whether the server does not take the gateway's own credentials: nothing of its response is for the client.
  var refusesLogin = false
  /// What is wrong with Ollama, for the log.
  private var trouble: String?
  /// Whether a kept connection turned out to be closed over it: it takes no other.
  private var needsNewConnection = false

  /// Where the request is.
  enum Place {
    case nowhere
    /// Among those that wait for a server.
    case waiting(FleetTicket)
    /// At a server that the pool has chosen.
    case sent(FleetTicket, FleetServerID, UpstreamServer)
    /// At a server that the caller has chosen.
    case pinned(UpstreamServer)
  }

  init(_ request: UpstreamRequest, client: UpstreamClient, sink: any UpstreamSink) {
    self.request = request
    self.client = client
    self.sink = sink
    work = request.work
    startTime = client.loop.now
  }

  // A client that is closed lets go of its calls without a word.
  deinit { leave() }

  /// The server that has the request, or had it last.
  package var server: UpstreamServer? {
    switch place {
    case .nowhere, .waiting: nil
    case .sent(_, _, let server), .pinned(let server): server
    }
  }

  func start(at server: UpstreamServer) {
    place = .pinned(server)
    send(to: server, firstByteLimit: nil)
  }

  func start(_ need: FleetRequest) {
    (caller, flow, band) = (need.caller, need.flow, need.band)
    askedContext = need.options.contextLength
    let submission = client.pool.submit(need, of: client.number, at: client.loop.now)
    switch submission.decision {
    case .granted(let grant): if let server = submission.server { send(submission.ticket, to: server, grant) }
    case .waiting: wait(submission.ticket)
    case .refused(let refusal):
      // The sink hears of it once who starts the call knows the call.
      let bound = LoopBound(self, to: client.loop)
      client.loop.execute { bound.value.refuse(refusal) }
    }
  }

  private func wait(_ ticket: FleetTicket) {
    place = .waiting(ticket)
    client.calls.add(self, ticket)
  }

  /// The pool has chosen a server.
  func send(_ ticket: FleetTicket, to server: UpstreamServer, _ grant: FleetGrant) {
    place = .sent(ticket, grant.server, server)
    attempts += 1
    (waited, affinity) = (grant.waited, grant.affinity)
    client.calls.add(self, ticket)
    context = grant.contextLength.flatMap { length in
      askedContext.map { FittedContext(asked: $0, sent: length) }
    }
    send(to: server, firstByteLimit: grant.firstByteLimit)
  }

  private func send(to server: UpstreamServer, firstByteLimit: Duration?) {
    guard let request else { return }
    let sent = context.map { request.asking(for: $0.sent) } ?? request
    status = nil
    heldHead = nil
    heldContent = []
    refusesLogin = false
    sink?.call(self, isSentTo: server)
    startTime = client.loop.now
    var limits = client.timeouts.limits(of: work, within: request.limit)
    if let firstByteLimit, let configured = limits.firstByte {
      limits.firstByte = max(configured, firstByteLimit)
    }
    transfer = client.http.start(server.request(sent, within: limits, reuse), delegate: self)
  }

  /// What a model makes is sent again by the pool alone, which counts it.
  private var reuse: ClientRequest.Reuse {
    guard work == .inference, case .sent = place else { return .resends }
    return needsNewConnection ? .none : .fails
  }

  /// The pool has no server for it.
  func refuse(_ refusal: FleetRefusal) {
    end(
      telling: .refused(refusal, retryAfter: client.pool.retryAfter(refusal, of: flow, at: client.loop.now)))
  }

  /// The server is down: what was sent there is broken off, and goes elsewhere if it can.
  func recall() {
    guard case .sent = place, request != nil, heldHead == nil || heldContent.isEmpty else { return }
    transfer?.cancel()
    transfer = nil
    settle(.failed(.recalled), hasAnswered: nil, .transfer(.brokenOff(detail: "the server is down")))
  }

  /// What clients may call a server; nil where they are told no names.
  package func name(of id: FleetServerID) -> String? {
    guard client.tellsNames else { return nil }
    return client.servers.entries.first { $0.id == id }?.server.name
  }

  /// Where it stands among those that wait.
  func tell(_ standing: FleetStanding) { sink?.call(self, stands: standing) }

  /// A request that loads the model that it needs; nil where its body does not tell.
  var loadRequest: LoadRequest? {
    guard let request, case .bytes(let body) = request.body else { return nil }
    let isEmbedding = request.path.utf8.prefix(128).split(separator: UInt8(ascii: "/")).contains {
      $0.starts(with: "embed".utf8)
    }
    return body.withUnsafeBytes { LoadRequest(for: $0, isEmbedding: isEmbedding) }
  }

  /// Ends the call at once; its sink hears no more of it. Harmless after the end.
  package func cancel() {
    guard sink != nil else { return }
    sink = nil
    transfer?.cancel()
    close()
  }

  /// What has come of the response is all of it that counts: ends the call, and its sink hears no more of it.
  package func finish() {
    guard sink != nil else { return }
    sink = nil
    transfer?.cancel()
    if case .sent(let ticket, let id, let server) = place {
      forget(ticket)
      warn(of: server)
      _ = client.pool.ended(
        ticket, at: id, .completed(report), hasAnswered: status == nil ? nil : true, of: client.number,
        caller, at: client.loop.now)
      place = .nowhere
    }
    close()
  }

  /// Lets the response go on after ``TransferDemand/pause``.
  package func resume() { transfer?.resume() }

  /// Lets the request's body go on after ``BodyPiece/later``.
  package func resumeUpload() { transfer?.resumeUpload() }

  /// The sink has found something to be wrong with the response.
  package func note(_ trouble: UpstreamTrouble) { note(trouble.description) }

  /// The transfer has failed.
  func note(_ error: TransferError) {
    note("\(error)")
    if work != .check { client.observer?.noteUpstreamError(error, of: server) }
  }

  func note(_ reason: String) {
    guard work != .check else { return }
    trouble = reason
    sink?.call(self, isTroubledBy: reason)
  }

  // MARK: The end

  /// The transfer is over: the request goes on to another server, or is over.
  func settle(_ error: TransferError?) {
    needsNewConnection = error == .staleConnection
    let failure =
      refusesLogin
      ? status.map { UpstreamFailure.loginRefused(status: $0) } : error.map { UpstreamFailure.transfer($0) }
    // Of what was told before its end the sink says now what it has read.
    if request == nil { tellEnd(failure) }
    settle(outcome(error), hasAnswered: hasAnswered(error), failure)
  }

  /// - Parameters:
  ///   - hasAnswered: whether the server has responded at all; nil where that says nothing of it.
  ///   - failure: what the sink is told if this is the end.
  private func settle(_ outcome: FleetOutcome, hasAnswered: Bool?, _ failure: UpstreamFailure?) {
    transfer = nil
    guard case .sent(let ticket, let id, let server) = place else { return end(telling: failure) }
    let ending = client.pool.ended(
      ticket, at: id, outcome, hasAnswered: hasAnswered, of: client.number, caller,
      at: client.loop.now)
    switch ending.fate {
    case .moved(let grant):
      warn(of: server)
      if let next = ending.server { return send(ticket, to: next, grant) }
    case .waiting:
      warn(of: server)
      return wait(ticket)
    case .over: if failure == .transfer(.staleConnection) { note(.staleConnection) }
    }
    // The sink may have something to say of it.
    forget(ticket)
    place = .pinned(server)
    end(telling: failure)
  }

  private func end(telling failure: UpstreamFailure?) {
    if let sink, let head = heldHead, !refusesLogin {
      heldHead = nil
      sink.call(self, didReceive: head)
      let content = heldContent
      heldContent = []
      // What it says of the head may be the end of the call.
      if !content.isEmpty, self.sink != nil { tell(content) }
    }
    tellEnd(failure)
    close()
  }

  private func tellEnd(_ failure: UpstreamFailure?) {
    sink?.callDidEnd(self, failure: failure)
    sink = nil
  }

  /// Of the sink's demand nothing can be made any more: all that there is has come.
  private func tell(_ content: [UInt8]) {
    content.withUnsafeBytes { bytes in _ = sink?.call(self, didReceive: bytes) }
  }

  private func close() {
    transfer = nil
    request = nil
    if let server { warn(of: server) }
    if waited > .zero { client.observer?.noteUpstreamWait(waited, in: band) }
    leave()
  }

  private func warn(of server: UpstreamServer) {
    guard let trouble else { return }
    self.trouble = nil
    client.warnings?.note(trouble, of: server.description)
  }

  /// Gives back the server, or the place among those that wait.
  private func leave() {
    switch place {
    case .nowhere, .pinned: break
    case .waiting(let ticket), .sent(let ticket, _, _):
      forget(ticket)
      client.pool.left(ticket, at: client.loop.now)
    }
    place = .nowhere
  }

  private func forget(_ ticket: FleetTicket) { client.calls.remove(ticket) }
}
