internal import Budgets
internal import Configuration
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import Upstreams

extension Worker {
  /// `POST /api/v1/chat` and its siblings.
  func chat(_ request: GatewayRequest, _ variant: ChatVariant) throws(RequestFailure) {
    try request.requireJSON()
    let limit = min(ImageLimits.body, settings.configuration.maxBodyBytes)
    let bound = LoopBound(request, to: loop)
    request.exchange.collectBody(limit: limit) { [unowned self] body in
      assumeIsolated { $0.beginChat(bound.value, variant, body) }
    }
  }

  private func beginChat(_ request: GatewayRequest, _ variant: ChatVariant, _ body: [UInt8]) {
    // What is larger has images, or is refused; a tree of it would be too large, and the loop would stand still.
    guard body.count <= ChatMessageRequest.bodyLimit else { return readImages(of: request, variant, body) }
    do throws(RequestFailure) {
      let message = try message(in: body, variant)
      if message.hasUnreadImages { return readImages(of: request, variant, body) }
      answer(request, variant, message)
    } catch {
      request.fail(error)
    }
  }

  private func message(
    in body: [UInt8], _ variant: ChatVariant
  ) throws(RequestFailure) -> ChatMessageRequest {
    let defaultModel = settings.configuration.defaultModel
    return try body.withUnsafeBufferPointer { bytes throws(RequestFailure) in
      try reader.withDocument(UnsafeRawBufferPointer(bytes)) { root throws(RequestFailure) in
        try ChatMessageRequest(root, variant: variant, defaultModel: defaultModel)
      }
    }
  }

  /// Reads the images of a body by a task of no loop, and the rest here.
  private func readImages(of request: GatewayRequest, _ variant: ChatVariant, _ body: [UInt8]) {
    // A task ends when it looks whether it was cancelled, and has the body until then.
    request.exchange.keepBody()
    let task = Task {
      defer { request.exchange.bodyIsRead() }
      do throws(RequestFailure) {
        let read = try await MessageImages.read(body, services, for: request.exchange.account)
        guard !request.isClientGone else { return }
        var message = try message(in: read.json, variant)
        message.images = read.images
        answer(request, variant, message)
      } catch {
        request.fail(error)
      }
    }
    request.exchange.onClientLeft = { task.cancel() }
  }

  private func answer(_ request: GatewayRequest, _ variant: ChatVariant, _ message: ChatMessageRequest) {
    do throws(RequestFailure) {
      let responder: any ChatResponder =
        message.stream && variant != .simple
        ? streamResponder(to: request)
        : ChatUnaryResponder(
          request, variant == .simple ? .simple : .chat, registry: services.registry, on: loop)
      request.model = message.model
      request.upstream = settings.ollama.url
      takeTurn(request, message, responder, try services.takeTurn(of: request.exchange.account))
    } catch {
      request.fail(error)
    }
  }

  /// Waits for the message's turn in its session, then lets Ollama answer.
  private func takeTurn(
    _ request: GatewayRequest, _ message: ChatMessageRequest, _ responder: any ChatResponder,
    _ place: TablePlace
  ) {
    let trace = TraceFields.of(request, settings)
    let principal = principal(of: request)
    let task = Task {
      do throws(TurnError) {
        let turn = try await services.registry.beginTurn(
          TurnRequest(
            sessionID: message.sessionID, principal: principal, user: message.userID,
            message: message.message,
            images: message.images,
            model: message.model, replacesLastTurn: message.regenerates, isStreamed: message.stream,
            attachedBytes: message.attachedBytes),
          account: request.exchange.account)
        let runner = GenerationRunner(turn: turn, route: request.route, place: place, worker: self)
        runner.onUpstreamFailure = { request.upstreamFailure = $0 }
        runner.start(
          message, trace: trace, url: settings.ollama.url, client: client, timeouts: settings.timeouts)
        responder.attach(turn.generation, after: 0)
      } catch {
        responder.fail(RequestFailure(error))
      }
    }
    request.exchange.onClientLeft = {
      task.cancel()
      responder.clientLeft()
    }
  }

  /// Answers with a stream in the form that the client wants.
  func streamResponder(to request: GatewayRequest) -> ChatStreamResponder {
    ChatStreamResponder(
      request, framing: streamFraming(of: request), heartbeatInterval: settings.configuration.heartbeat,
      registry: services.registry, on: loop)
  }

  func streamFraming(of request: GatewayRequest) -> StreamFraming {
    let accept = request.exchange.request.first("accept") ?? ""
    let asksForLines = accept.split(separator: ",").contains {
      String($0).hasMediaType("application/x-ndjson")
    }
    return asksForLines ? .ndjson : .sse
  }
}

extension RequestFailure {
  /// A message that did not get its turn.
  init(_ error: TurnError) {
    switch error {
    case .queueFull(let limit):
      self.init(
        429, "\(limit) messages wait in this session already.", headerFields: [("Retry-After", "5")])
    case .tooManySessions(let limit):
      self.init(503, "All \(limit) sessions are busy.", headerFields: [("Retry-After", "5")])
    case .overShare(let limit):
      self.init(429, "One client may have \(limit) sessions at once.", headerFields: [("Retry-After", "60")])
    case .notOwner: self = .notOwner
    case .noMemory(let refusal): self.init(refusal)
    case .unknownImage(let digest): self = .unknownImage(digest)
    case .imagesTooLarge(let limit): self = .images("at most \(limit) bytes together")
    case .sessionDeleted: self.init(404, "The session was deleted.")
    case .draining: self = .shuttingDown
    case .cancelled: self.init(503, "The request was cancelled.")
    }
  }
}
