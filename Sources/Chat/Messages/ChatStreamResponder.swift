internal import Handling
internal import Configuration
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import System

/// Responds with a generation's events while they come, as SSE or NDJSON. Lives on its worker's loop.
///
/// The response begins with the first event, so that a failure before it has a status of its own; or with the first
/// heartbeat, so that no proxy on the way loses patience while a model loads.
final class ChatStreamResponder: ChatResponder {
  private let request: GatewayRequest
  private let registry: SessionRegistry
  private let loop: EventLoop
  private let framing: StreamFraming
  private var encoder: ChatEventEncoder?
  private var subscription: Subscription?
  private var stream: ResponseStream?
  private var writer = JSONWriter(reservingCapacity: 512)
  private var heartbeat: LoopTimer?
  private let heartbeatInterval: Duration?
  private var lastWrite: MonotonicTime
  /// The last event, where it is long.
  private var ending: PiecewiseJSON?
  /// Whether the generation's first event is still to be written.
  private var owesStart = false

  /// Bytes of text that are encoded at a time.
  private static let batchBytes = 32 * 1024

  /// - Parameter heartbeatInterval: the longest silence of the stream; nil for any.
  init(
    _ request: GatewayRequest, framing: StreamFraming, heartbeatInterval: Duration?,
    registry: SessionRegistry, on loop: EventLoop
  ) {
    self.request = request
    self.registry = registry
    self.loop = loop
    self.framing = framing
    self.heartbeatInterval = heartbeatInterval
    lastWrite = loop.now
    guard let heartbeatInterval else { return }
    // The loop holds on to a timer that is set, and nobody tells us when the exchange goes.
    heartbeat = loop.makeTimer { [weak self] in self?.beat() }
    heartbeat?.schedule(after: heartbeatInterval)
  }

  /// Responds in the form that the client wants.
  convenience init(_ request: GatewayRequest, in context: WorkerContext) {
    self.init(
      request, framing: StreamFraming(wantedBy: request),
      heartbeatInterval: context.settings.configuration.heartbeat, registry: context.services.registry,
      on: context.loop)
  }

  func attach(_ generation: Generation, after number: Int) {
    guard !request.isClientGone else { return end {} }
    encoder = ChatEventEncoder(generation, framing: framing)
    owesStart = number == 0
    request.giveUp = { _ in generation.requestStop(.draining) }
    // The log holds on to its subscribers' closures: they must not hold on to us.
    let bound = LoopBound(WeakReference(self), to: loop)
    subscription = generation.log.subscribe(after: number, on: loop) { bound.value.object?.pump() }
    pump()
  }

  func fail(_ failure: RequestFailure) {
    guard let stream else { return end { request.fail(failure) } }
    ChatEventEncoder.error(failure, framing: framing, into: &writer)
    flush(to: stream)
    end { stream.finish() }
  }

  func clientLeft() {
    end {}
    if let encoder { registry.listenerDidLeave(encoder.generation) }
  }

  /// Writes what is new, as long as the client keeps up.
  private func pump() {
    while let subscription, stream?.isFull != true {
      var failure: RequestFailure?
      let progress = subscription.read(maximumBytes: ChatStreamResponder.batchBytes) { number, event in
        if stream == nil, writer.bytes.isEmpty, case .end(let end) = event, let broken = end.failure {
          failure = broken
        } else {
          write(number, event)
        }
      }
      if let failure { return end { request.fail(failure) } }
      if !writer.bytes.isEmpty { flush(to: begin()) }
      if progress == .ended { return end { ending == nil ? finish() : writeEnding() } }
      if progress == .caughtUp { return }
    }
  }

  private func finish() {
    if let stream {
      stream.finish()
    } else {
      // The client has seen all of it: what tells an `EventSource` not to come back.
      request.respond(ServerResponse(status: 204))
    }
  }

  private func write(_ number: Int, _ event: GenerationEvent) {
    if owesStart {
      owesStart = false
      encoder?.start(into: &writer)
    }
    if case .end(let end) = event, let encoder,
      encoder.generation.log.textBytes + encoder.generation.log.thinkingBytes > PiecewiseJSON.longText
    {
      ending = encoder.ending(number, end)
      if ending != nil { return }
    }
    encoder?.encode(number, event, into: &writer)
  }

  /// As the client takes it.
  private func writeEnding() {
    guard let ending = ending.take() else { return }
    let stream = begin()
    let content = PiecewiseContent(ending, to: stream)
    // Until the exchange ends: then the stream forgets it.
    stream.onRoom = { content.write() }
    content.write()
  }

  private func flush(to stream: ResponseStream) {
    writer.bytes.withUnsafeBytes { stream.write($0) }
    writer.reset()
    lastWrite = loop.now
  }

  /// The response's content; the response begins here.
  private func begin() -> ResponseStream {
    if let stream { return stream }
    let stream = ResponseStream()
    stream.onRoom = { [weak self] in self?.pump() }
    self.stream = stream
    request.respond(
      ServerResponse(
        status: 200,
        fields: [
          ("Content-Type", framing.contentType), ("Cache-Control", "no-cache"),
          // nginx would hold the tokens back.
          ("X-Accel-Buffering", "no"),
        ], body: .stream(stream, length: nil)))
    return stream
  }

  /// The timer is not set anew for each event: when it fires it looks when the last one went out.
  private func beat() {
    guard let heartbeatInterval else { return }
    let due = lastWrite + heartbeatInterval
    guard loop.now >= due else {
      heartbeat?.schedule(at: due)
      return
    }
    writer.framing(framing.heartbeat)
    flush(to: begin())
    heartbeat?.schedule(after: heartbeatInterval)
  }

  /// Stops listening, then says the last word.
  private func end(_ lastWord: () -> Void) {
    heartbeat?.cancel()
    heartbeat = nil
    subscription?.cancel()
    subscription = nil
    lastWord()
  }
}

extension StreamFraming {
  /// The form that the client of a request wants.
  init(wantedBy request: GatewayRequest) {
    let accept = request.exchange.request.first("accept") ?? ""
    let asksForLines = accept.split(separator: ",").contains {
      String($0).hasMediaType("application/x-ndjson")
    }
    self = asksForLines ? .ndjson : .sse
  }
}
