internal import EventLoop
internal import HTTPServer
internal import JSON
internal import Sessions
internal import Telemetry

/// Answers with the whole answer in one JSON document, once the generation has ended. Lives on its worker's loop.
final class ChatUnaryResponder: ChatResponder {
  private let request: GatewayRequest
  private let loop: EventLoop
  private var subscription: Subscription?

  init(_ request: GatewayRequest, on loop: EventLoop) {
    self.request = request
    self.loop = loop
  }

  func attach(_ generation: Generation, after number: Int) {
    guard !request.isClientGone else { return }
    let bound = LoopBound(WeakResponder(self), to: loop)
    request.giveUp = { _ in generation.requestStop(.draining) }
    subscription = generation.log.subscribe(after: number, on: loop) {
      bound.value.responder?.read(generation)
    }
    read(generation)
  }

  func fail(_ failure: RequestFailure) {
    request.fail(failure)
  }

  func clientLeft() {
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
    clientLeft()
    respond(generation, end)
  }

  private func respond(_ generation: Generation, _ end: GenerationEnd) {
    let (usage, doneReason): (GenerationUsage, String)
    let status: StaticString
    switch end.outcome {
    case .failed(let code, let message, let delay):
      return request.fail(RequestFailure(generationCode: code, message: message, retryAfter: delay))
    case .completed(let reason, let tokens): (usage, doneReason, status) = (tokens, reason, "success")
    case .cancelled: (usage, doneReason, status) = (GenerationUsage(), "cancelled", "cancelled")
    }
    let elapsed = loop.now - request.exchange.start
    request.respond { writer in
      writer.object { writer in
        writer.member("response", generation.log.fullText)
        writer.thinking(of: generation)
        writer.member("session_id", generation.sessionID.description)
        writer.member("model", generation.model)
        writer.member("status", literal: status)
        writer.member("done_reason", doneReason)
        writer.note(on: generation, doneReason: doneReason)
        writer.member("timestamp", ISO8601.text(end.timestamp.millisecondsSince1970))
        writer.member("response_time", (elapsed.milliseconds).rounded() / 1000)
        writer.key("usage")
        usage.encode(into: &writer)
      }
    }
  }

  /// The log holds on to its subscribers' closures: they must not hold on to us.
  private struct WeakResponder {
    weak var responder: ChatUnaryResponder?

    init(_ responder: ChatUnaryResponder) { self.responder = responder }
  }
}
