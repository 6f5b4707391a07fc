internal import Budgets
internal import Bytes
internal import Handling
internal import HTTPClient
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Upstreams

/// A body that several servers get while it comes: a blob. The slowest of them sets the pace, so that little of it is held. Lives
/// on its worker's loop; its calls and its request's exchange keep it.
final class ServerUpload: UpstreamSink, RequestBodySink {
  /// One server's part.
  private final class Leg {
    let call: UpstreamCall
    /// What it has not taken yet.
    var queue = ByteQueue()
    var head: ResponseHead?
    var content: [UInt8] = []
    var isOver = false

    init(_ call: UpstreamCall) { self.call = call }
  }

  private let request: GatewayRequest
  private let upstreams: UpstreamClient
  private let reader: JSONReader
  private var results: OrderResults
  private var legs: [Leg] = []
  private let entries: [UpstreamServers.Entry]
  /// Among the orders to several servers, while it is under way.
  private var order: TablePlace?
  private var watch: OrderWatch?
  private var isComplete = false
  private var isPaused = false
  /// What the queues may come to, until all is over.
  private var hold: MemoryHold?

  private static let highWaterMark = 256 * 1024
  private static let lowWaterMark = 64 * 1024
  /// Bytes of a response that are read; those to blobs are empty, or a sentence.
  private static let contentLimit = 64 * 1024

  /// - Throws: 429 or 503 where there is no memory for it, which is that of bodies.
  init(
    _ request: GatewayRequest, at entries: [UpstreamServers.Entry], by upstreams: UpstreamClient,
    reader: JSONReader, memory: MemoryBudget, among orders: TablePlace
  ) throws(RequestFailure) {
    self.entries = entries
    order = orders
    self.request = request
    self.upstreams = upstreams
    self.reader = reader
    results = OrderResults(entries.map(\.name), absence: .isFailure)
    do throws(MemoryRefusal) {
      hold = try MemoryHold(
        entries.count * ServerUpload.highWaterMark, of: memory, for: request.exchange.account)
    } catch {
      throw RequestFailure(
        error == .clientShare ? 429 : 503, "too many uploads at once", headerFields: [("Retry-After", "5")])
    }
  }

  func start(_ order: UpstreamRequest, _ patience: OrderPatience) {
    for entry in entries { legs.append(Leg(upstreams.start(order, at: entry.server, sink: self))) }
    let watch = OrderWatch(entries, by: upstreams, patience) { [weak self] place, reason in
      self?.giveUp(place, reason)
    }
    // The client has to begin.
    for place in legs.indices { watch.rest(place) }
    self.watch = watch
    // These keep it until the request has ended.
    request.exchange.onClientLeft = { self.cancel() }
    request.giveUp = { failure in
      self.cancel()
      if !self.request.exchange.hasResponse { self.request.fail(failure) }
    }
    request.exchange.streamBody(to: self)
  }

  private func cancel() {
    for leg in legs { leg.call.cancel() }
    close()
  }

  /// What still comes of the body is dropped.
  private func close() {
    legs = []
    hold = nil
    order = nil
    watch = nil
    resumeIfRoom()
  }

  private func place(of call: UpstreamCall) -> Int? { legs.firstIndex { $0.call === call } }

  // MARK: The body

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    for place in legs.indices where !legs[place].isOver {
      if legs[place].queue.isEmpty { watch?.heard(place) }
      legs[place].queue.append(bytes)
      legs[place].call.resumeUpload()
    }
    isPaused = legs.contains { $0.queue.count >= ServerUpload.highWaterMark }
    return !isPaused
  }

  func finish() {
    isComplete = true
    for place in legs.indices where !legs[place].isOver {
      watch?.heard(place)
      legs[place].call.resumeUpload()
    }
  }

  func call(_ call: UpstreamCall, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece {
    guard let place = place(of: call) else { return .later }
    let count = legs[place].queue.take(into: buffer)
    if isComplete || !legs[place].queue.isEmpty { watch?.heard(place) } else { watch?.rest(place) }
    resumeIfRoom()
    if count > 0 { return .bytes(count) }
    return isComplete ? .end : .later
  }

  private func resumeIfRoom() {
    guard isPaused, legs.allSatisfy({ $0.queue.count <= ServerUpload.lowWaterMark }) else { return }
    isPaused = false
    request.exchange.resumeBody()
  }

  // MARK: The responses

  func call(_ call: UpstreamCall, didReceive head: ResponseHead) {
    if let place = place(of: call) { legs[place].head = head }
  }

  func call(_ call: UpstreamCall, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    if let place = place(of: call) {
      legs[place].content.append(
        contentsOf: bytes.prefix(ServerUpload.contentLimit - legs[place].content.count))
    }
    return .proceed
  }

  func callDidEnd(_ call: UpstreamCall, failure: UpstreamFailure?) {
    guard let place = place(of: call) else { return }
    end(place)
    if let failure {
      let failure = RequestFailure(failure)
      results.take(failure.status, failure.detail, of: place)
    } else {
      let message = legs[place].content.withUnsafeBytes { ErrorReport.message(in: $0, reader: reader) }
      let status = legs[place].head?.status ?? 502
      results.take(status, message ?? "it responded with status \(status)", of: place)
    }
    conclude()
  }

  /// A server is waited for no longer.
  private func giveUp(_ place: Int, _ reason: String) {
    guard legs.indices.contains(place), !legs[place].isOver else { return }
    end(place)
    legs[place].call.cancel()
    results.take(504, reason, of: place)
    conclude()
  }

  private func end(_ place: Int) {
    legs[place].isOver = true
    legs[place].queue.removeAll()
    watch?.rest(place)
  }

  private func conclude() {
    resumeIfRoom()
    guard let verdict = results.verdict else { return }
    let responses = legs.map { ($0.head, $0.content) }
    close()
    guard !request.isClientGone, !request.exchange.hasResponse else { return }
    switch verdict {
    case .failure(let status, let text):
      request.noteFailedOrder(results.failed.map { entries[$0] }, of: entries.count)
      request.fail(RequestFailure(status, text, retryAfter: nil))
    case .response(let place):
      guard let head = responses[place].0 else { return }
      request.respond(
        ServerResponse(
          status: head.status, fields: RelayFields.toClient(head), body: .bytes(responses[place].1)))
    }
  }
}
