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
    guard let completion = end.completion else { return }
    let doneReason = completion.doneReason
    // In one piece it is there in any case.
    let usage = completion.usage ?? GenerationUsage()
    let isWhole = end.outcome != .cancelled
    if form == .simple { return respondSimply(generation, end, isWhole: isWhole, doneReason, usage) }
    let time = responseTime
    request.respond(
      .generation(generation.log, withThinking: true) { writer in
        writer.beginObject()
        writer.key("response")
      } tail: { writer in
        writer.member("session_id", generation.sessionID.description)
        writer.member("model", generation.model)
        writer.member("status", literal: isWhole ? "success" : "cancelled")
        writer.member("done_reason", doneReason)
        writer.note(on: generation, doneReason: doneReason)
        writer.member("timestamp", end.timestamp.iso8601)
        writer.member("response_time", time)
        usage.encodeMember(into: &writer)
        writer.endObject()
      })
  }

  /// The first system's form.
  private func respondSimply(
    _ generation: Generation, _ end: GenerationEnd, isWhole: Bool, _ doneReason: String,
    _ usage: GenerationUsage
  ) {
    let time = responseTime
    request.respond(
      .generation(generation.log, withThinking: false) { writer in
        writer.beginObject()
        writer.key("response")
      } tail: { writer in
        writer.member("model", generation.model)
        writer.member("success", isWhole)
        writer.member("session_id", generation.sessionID.description)
        writer.member("timestamp", end.timestamp.iso8601)
        writer.key("metadata")
        writer.object { writer in
          writer.member("done_reason", doneReason)
          writer.note(on: generation, doneReason: doneReason)
          writer.member("response_time", time)
          usage.encodeMember(into: &writer)
        }
        writer.endObject()
      })
  }

  /// Seconds since the request came, to the millisecond.
  private var responseTime: Double { (loop.now - request.exchange.start).milliseconds.rounded() / 1000 }
}
