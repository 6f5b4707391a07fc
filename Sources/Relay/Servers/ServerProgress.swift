internal import EventLoop
internal import Budgets
internal import Handling
internal import HTTPClient
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Upstreams

/// One request to several servers that tell how far they are, as one stream: see ``MergedProgress``. Lives on its worker's loop;
/// its calls and its request's exchange keep it.
///
/// A client that reads slowly holds nothing up: what it has not been told yet is replaced by what is newer.
final class ServerProgress: UpstreamSink {
  /// One server's part.
  private struct Leg {
    let call: UpstreamCall
    let splitter = LineSplitter(maximumLineBytes: ServerProgress.lineLimit)
    /// Of a response that is an error.
    var errorStatus: Int?
    var errorContent: [UInt8] = []
    var isOver = false
  }

  private let request: GatewayRequest
  private let upstreams: UpstreamClient
  private let reader: JSONReader
  private var merged: MergedProgress
  private var legs: [Leg] = []
  private let entries: [UpstreamServers.Entry]
  /// Among the orders to several servers, while it is under way.
  private var order: TablePlace?
  private var watch: OrderWatch?
  private var stream: ResponseStream?
  /// From the end of the progress to that of the last response.
  private var lastTimer: LoopTimer?
  /// How long a response may take to end after its last line.
  private let responseEnd: Duration
  /// Whether one of the servers has begun to tell.
  private var hasBegun = false
  private var hasEnded = false
  /// The status of the first that has refused.
  private var refusal: Int?

  /// In bytes; those of progress are far shorter.
  private static let lineLimit = 64 * 1024
  private static let errorLimit = 64 * 1024

  init(
    _ request: GatewayRequest, at entries: [UpstreamServers.Entry], by upstreams: UpstreamClient,
    reader: JSONReader, responseEnd: Duration, among orders: TablePlace
  ) {
    self.entries = entries
    order = orders
    self.responseEnd = responseEnd
    self.request = request
    self.upstreams = upstreams
    self.reader = reader
    merged = MergedProgress(entries.map(\.name))
  }

  func start(_ order: UpstreamRequest, _ patience: OrderPatience) {
    guard !request.isClientGone, !request.exchange.hasResponse else { return }
    for entry in entries { legs.append(Leg(call: upstreams.start(order, at: entry.server, sink: self))) }
    watch = OrderWatch(entries, by: upstreams, patience) { [weak self] place, reason in
      self?.giveUp(place, reason)
    }
    // These keep it until the request has ended.
    request.exchange.onClientLeft = { self.cancel() }
    request.giveUp = { self.giveUp($0) }
  }

  private func cancel() {
    hasEnded = true
    for leg in legs { leg.call.cancel() }
    legs = []
    close()
  }

  private func close() {
    order = nil
    watch = nil
    upstreams.pool.modelsMayHaveChanged()
  }

  /// A server is waited for no longer.
  private func giveUp(_ place: Int, _ reason: String) {
    guard !hasEnded, legs.indices.contains(place), !legs[place].isOver else { return }
    legs[place].isOver = true
    legs[place].call.cancel()
    if !hasBegun { refusal = refusal ?? 504 }
    merged.end(place, reason)
    tell()
  }

  private func giveUp(_ failure: RequestFailure) {
    guard !hasEnded else { return }
    cancel()
    guard let stream else {
      if !request.exchange.hasResponse { request.fail(failure) }
      return
    }
    var writer = JSONWriter()
    writer.object { $0.member("error", failure.detail) }
    writer.framing("\n")
    stream.write(writer.take())
    stream.finish()
  }

  private func place(of call: UpstreamCall) -> Int? { legs.firstIndex { $0.call === call } }

  // MARK: What the servers send

  func call(_ call: UpstreamCall, didReceive head: ResponseHead) {
    guard let place = place(of: call) else { return }
    watch?.heard(place)
    if head.status == 200 {
      hasBegun = true
    } else {
      legs[place].errorStatus = head.status
      refusal = refusal ?? head.status
    }
  }

  func call(_ call: UpstreamCall, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    guard let place = place(of: call), !hasEnded else { return .proceed }
    watch?.heard(place)
    if legs[place].errorStatus != nil {
      let room = ServerProgress.errorLimit - legs[place].errorContent.count
      legs[place].errorContent.append(contentsOf: bytes.prefix(room))
      return .proceed
    }
    do throws(LineSplitter.LineTooLongError) {
      var rest = bytes
      while let line = try legs[place].splitter.next(&rest) { merged.take(line, from: place) }
    } catch {
      merged.end(place, "it sent a line of more than \(error.maximum) bytes")
      call.cancel()
    }
    if merged.hasEnded(place) { watch?.rest(place) }
    tell()
    return .proceed
  }

  func callDidEnd(_ call: UpstreamCall, failure: UpstreamFailure?) {
    guard let place = place(of: call) else { return }
    legs[place].isOver = true
    watch?.rest(place)
    if hasEnded { return endCalls() }
    if let status = legs[place].errorStatus {
      let message = legs[place].errorContent.withUnsafeBytes { ErrorReport.message(in: $0, reader: reader) }
      merged.end(place, message ?? "it responded with status \(status)")
    } else {
      if failure == nil, let line = legs[place].splitter.finish() { merged.take(line, from: place) }
      let failure = failure.map { RequestFailure($0) }
      if !hasBegun { refusal = refusal ?? failure?.status }
      merged.end(place, failure?.detail)
    }
    tell()
  }

  // MARK: What the client is told

  private func tell() {
    guard !hasEnded else { return }
    guard hasBegun else {
      // Where none has begun, and none will, that has a status of its own.
      if merged.isOver { fail() }
      return
    }
    let stream = self.stream ?? begin()
    guard !stream.isFull else {
      stream.onRoom = { [weak self] in self?.tell() }
      return
    }
    stream.write(merged.takeLines())
    if merged.isOver { end(stream) }
  }

  private func begin() -> ResponseStream {
    let stream = ResponseStream()
    self.stream = stream
    request.respond(
      ServerResponse(
        status: 200, fields: RelayFields.ofStream(.ndjson), body: .stream(stream, length: nil)))
    return stream
  }

  private func fail() {
    hasEnded = true
    noteEnd()
    guard !request.isClientGone, !request.exchange.hasResponse else { return }
    request.fail(RequestFailure(refusal ?? 502, merged.failure ?? "The servers failed.", retryAfter: nil))
  }

  private func end(_ stream: ResponseStream) {
    hasEnded = true
    noteEnd()
    stream.finish()
  }

  private func endCalls() {
    guard legs.allSatisfy(\.isOver) else { return }
    lastTimer?.cancel()
    lastTimer = nil
    legs = []
  }

  private func noteEnd() {
    // A response ends right behind its last line. One that does not would hold its connection for ever.
    let timer = upstreams.loop.makeTimer { [weak self] in
      for leg in self?.legs ?? [] { leg.call.finish() }
      self?.legs = []
    }
    timer.schedule(after: responseEnd)
    lastTimer = timer
    endCalls()
    request.noteFailedOrder(merged.failed.map { entries[$0] }, of: entries.count)
    close()
  }
}
