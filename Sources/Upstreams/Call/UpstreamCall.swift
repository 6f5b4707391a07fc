internal import EventLoop
package import HTTPClient
package import System

/// One request to an Ollama: a server is chosen and leased, the request sent, and what comes of the response told to the sink;
/// then the lease is given back. Lives on its client's loop, which keeps it until its end.
///
/// Its failures are counted and logged here, for all who make calls.
package final class UpstreamCall {
  private let client: UpstreamClient
  private let work: UpstreamWork
  /// Until the first byte of content: so long it can be sent once more, to another server as well.
  private var request: UpstreamRequest?
  /// Until the end.
  private var sink: (any UpstreamSink)?
  private var transfer: Transfer?
  /// Until it is given back.
  private var lease: UpstreamLease?
  /// When the request was sent.
  package private(set) var startTime: MonotonicTime
  private var hasHead = false
  /// What is wrong with Ollama, for the log.
  private var trouble: String?

  init(_ request: UpstreamRequest, client: UpstreamClient, sink: any UpstreamSink) {
    self.request = request
    self.client = client
    self.sink = sink
    work = request.work
    startTime = client.loop.now
  }

  // A client that is closed lets go of its calls without a word.
  deinit { giveBack(.unknown) }

  /// - Parameter server: where it has to go, without a lease; nil for the client's.
  func start(at server: UpstreamServer?) {
    let lease = server == nil ? client.pool.lease(client.server) : nil
    self.lease = lease
    guard let server = lease?.server ?? server else { return }
    send(to: server)
  }

  private func send(to server: UpstreamServer) {
    guard let request else { return }
    sink?.call(self, isSentTo: server)
    startTime = client.loop.now
    let limits = client.timeouts.limits(of: work, within: request.limit)
    transfer = client.http.start(server.request(request, within: limits), delegate: self)
  }

  /// Ends the call at once; its sink hears no more of it. Harmless after the end.
  package func cancel() { end(.unknown) }

  /// What has come of the response is all of it that counts: ends the call, and its sink hears no more of it.
  package func finish() { end(hasHead ? .answered : .unknown) }

  /// Lets the response go on after ``TransferDemand/pause``.
  package func resume() { transfer?.resume() }

  /// Lets the request's body go on after ``BodyPiece/later``.
  package func resumeUpload() { transfer?.resumeUpload() }

  /// The sink has found something to be wrong with the response.
  package func note(_ trouble: UpstreamTrouble) { note(trouble.description) }

  private func note(_ reason: String) {
    guard work != .check else { return }
    trouble = reason
    sink?.call(self, isTroubledBy: reason)
  }

  private func end(_ outcome: UpstreamOutcome) {
    guard sink != nil else { return }
    sink = nil
    transfer?.cancel()
    close(outcome)
  }

  private func close(_ outcome: UpstreamOutcome) {
    transfer = nil
    request = nil
    if let trouble, let server = lease?.server { client.warnings?.note(trouble, of: server.url) }
    giveBack(outcome)
  }

  private func giveBack(_ outcome: UpstreamOutcome) {
    guard let lease else { return }
    self.lease = nil
    client.pool.giveBack(lease, outcome)
  }
}

extension UpstreamCall: TransferDelegate {
  package func transfer(_ transfer: Transfer, didReceive head: ResponseHead) {
    hasHead = true
    if work != .check { client.observer?.noteUpstreamHead(after: client.loop.now - startTime) }
    if head.status >= 500 { note(.status(head.status)) }
    sink?.call(self, didReceive: head)
  }

  package func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    if request != nil { request = nil }
    return sink?.call(self, didReceive: bytes) ?? .proceed
  }

  package func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece {
    sink?.call(self, fill: buffer) ?? .abort
  }

  package func transferDidEnd(_ transfer: Transfer, error: TransferError?) {
    guard let sink else { return }
    if let error {
      note("\(error)")
      if work != .check { client.observer?.noteUpstreamError(error) }
    }
    sink.callDidEnd(self, failure: error.map { .transfer($0) })
    self.sink = nil
    close(UpstreamOutcome(hasHead: hasHead, error))
  }
}
