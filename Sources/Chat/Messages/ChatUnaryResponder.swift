internal import Handling
internal import EventLoop
internal import HTTPServer
internal import JSON
internal import Sessions
internal import System
internal import Telemetry

/// Responds with a whole generation in one JSON document, once it has ended. Lives on its worker's loop.
final class ChatUnaryResponder: ChatResponder {
  private let request: GatewayRequest
  private let registry: SessionRegistry
  private let loop: EventLoop
  private let form: Form
  private var generation: Generation?
  private var subscription: Subscription?

  /// What the document looks like.
  enum Form {
    case chat
    /// The first system's short one.
    case simple
  }

  init(_ request: GatewayRequest, _ form: Form = .chat, registry: SessionRegistry, on loop: EventLoop) {
    self.request = request
    self.form = form
    self.registry = registry
    self.loop = loop
  }

  func attach(_ generation: Generation, after number: Int) {
    guard !request.isClientGone else { return registry.listenerDidLeave(generation) }
    self.generation = generation
    // The log holds on to its subscribers' closures: they must not hold on to us.
    let bound = LoopBound(WeakReference(self), to: loop)
    request.giveUp = { _ in generation.requestStop(.draining) }
    subscription = generation.log.subscribe(after: number, on: loop) {
      bound.value.object?.read(generation)
    }
    read(generation)
  }

  func fail(_ failure: RequestFailure) {
    request.fail(failure)
  }

  func clientLeft() {
    unsubscribe()
    if let generation { registry.listenerDidLeave(generation) }
  }

  private func unsubscribe() {
    subscription?.cancel()
    subscription = nil
  }

  /// Reads on, so that the log wakes us again; only the end matters.
  private func read(_ generation: Generation) {
    guard let subscription else { return }
    var end: GenerationEnd?
    while true {
      let progress = subscription.read { _, event in
        if case .end(let last) = event { end = last }
      }
      if progress != .more { break }
    }
    guard let end else { return }
    unsubscribe()
    respond(generation, end)
  }

  private func respond(_ generation: Generation, _ end: GenerationEnd) {
    if let failure = end.failure { return request.fail(failure) }
    if end.outcome == .interrupted { return request.fail(.interrupted) }
    guard let completion = GenerationCompletion(of: generation, end) else { return }
    request.respond(form.document(of: completion, responseTime: responseTime))
  }

  /// Seconds since the request came, to the millisecond.
  private var responseTime: Double { (loop.now - request.exchange.start).milliseconds.rounded() / 1000 }
}

extension ChatUnaryResponder.Form {
  /// - Parameter responseTime: in seconds.
  func document(of completion: GenerationCompletion, responseTime: Double) -> PiecewiseJSON {
    .generation(completion.generation.log, withThinking: self == .chat) { writer in
      writer.beginObject()
      writer.key("response")
    } tail: { writer in
      switch self {
      case .chat:
        completion.encode([.sessionID, .model], into: &writer)
        writer.member("status", literal: completion.isWhole ? "success" : "cancelled")
        completion.encode(
          [.doneReason, .timestamp, .responseTime(responseTime), .usageInAnyCase], into: &writer)
      case .simple:
        completion.encode([.model], into: &writer)
        writer.member("success", completion.isWhole)
        completion.encode([.sessionID, .timestamp], into: &writer)
        writer.key("metadata")
        writer.object { writer in
          completion.encode([.doneReason, .responseTime(responseTime), .usageInAnyCase], into: &writer)
        }
      }
      writer.endObject()
    }
  }
}
