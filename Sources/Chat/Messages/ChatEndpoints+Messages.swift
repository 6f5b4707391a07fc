internal import Handling
internal import Access
internal import Budgets
internal import Configuration
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import Upstreams

extension ChatEndpoints {
  /// `POST /api/v1/chat` and its siblings.
  func receive(_ request: GatewayRequest, _ variant: ChatVariant) throws(RequestFailure) {
    try request.requireJSON()
    let limit = min(ImageLimits.body, context.settings.configuration.maxBodyBytes)
    request.exchange.collectBody(limit: limit) { [self] body in beginChat(request, variant, body) }
  }

  private func beginChat(_ request: GatewayRequest, _ variant: ChatVariant, _ body: [UInt8]) {
    // What is larger has images, or is refused; a tree of it would be too large, and the loop would stand still.
    guard body.count <= ChatMessageRequest.bodyLimit else { return readImages(of: request, variant, body) }
    do throws(RequestFailure) {
      let message = try message(in: body, variant)
      if message.hasUnreadImages { return readImages(of: request, variant, body) }
      guard let key = try idempotencyKey(of: request) else { return begin(request, variant, message) }
      beginOnce(request, variant, message, key, body)
    } catch {
      request.fail(error)
    }
  }

  private func message(
    in body: [UInt8], _ variant: ChatVariant
  ) throws(RequestFailure) -> ChatMessageRequest {
    let defaultModel = context.settings.configuration.defaultModel
    let aliases = context.settings.aliases
    return try body.withUnsafeBufferPointer { bytes throws(RequestFailure) in
      try context.reader.withDocument(UnsafeRawBufferPointer(bytes)) { root throws(RequestFailure) in
        try ChatMessageRequest(root, variant: variant, defaultModel: defaultModel).resolved(by: aliases)
      }
    }
  }

  /// Reads the images of a body by a task of no loop, and the rest here.
  private func readImages(of request: GatewayRequest, _ variant: ChatVariant, _ body: [UInt8]) {
    // A task ends when it looks whether it was cancelled, and has the body until then.
    request.exchange.keepBody()
    let context = context
    let task = context.loop.startTask {
      defer { request.exchange.bodyIsRead() }
      do throws(RequestFailure) {
        let read = try await MessageImages.read(body, context.services, for: request.exchange.account)
        guard !request.isClientGone else { return }
        var message = try self.message(in: read.json, variant)
        message.images = read.images
        var idempotency: Idempotency?
        if let key = try self.idempotencyKey(of: request) {
          idempotency = await self.idempotency(key, body, request)
        }
        self.begin(request, variant, message, idempotency)
      } catch {
        request.fail(error)
      }
    }
    request.exchange.onClientLeft = { task.cancel() }
  }

  /// Bytes of an `Idempotency-Key`.
  private static let keyLimit = 255

  /// The request's `Idempotency-Key`, if it has one.
  private func idempotencyKey(of request: GatewayRequest) throws(RequestFailure) -> String? {
    guard let key = request.exchange.request.first("idempotency-key") else { return nil }
    guard 1...ChatEndpoints.keyLimit ~= key.utf8.count, key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw RequestFailure(
        422, "An Idempotency-Key has 1 to \(ChatEndpoints.keyLimit) visible ASCII characters.",
        field: "Idempotency-Key", fault: FieldFault(in: .header))
    }
    return key
  }

  private func idempotency(_ key: String, _ body: [UInt8], _ request: GatewayRequest) async -> Idempotency {
    let principal = context.principal(of: request)
    return Idempotency(key, of: principal, digest: await ChatEndpoints.digest(of: body))
  }

  /// On no loop: a body of megabytes takes a while.
  @concurrent
  private static func digest(of body: [UInt8]) async -> [UInt8] { SHA256.digest(of: body) }

  private func beginOnce(
    _ request: GatewayRequest, _ variant: ChatVariant, _ message: ChatMessageRequest, _ key: String,
    _ body: [UInt8]
  ) {
    request.exchange.keepBody()
    context.loop.startTask {
      let idempotency = await self.idempotency(key, body, request)
      request.exchange.bodyIsRead()
      guard !request.isClientGone else { return }
      self.begin(request, variant, message, idempotency)
    }
  }

  private func begin(
    _ request: GatewayRequest, _ variant: ChatVariant, _ message: ChatMessageRequest,
    _ idempotency: Idempotency? = nil
  ) {
    context.checkModel(of: message, for: request.grant) { [self] refusal in
      guard !request.isClientGone else { return }
      if let refusal { return request.fail(refusal) }
      beginChecked(request, variant, message, idempotency)
    }
  }

  private func beginChecked(
    _ request: GatewayRequest, _ variant: ChatVariant, _ message: ChatMessageRequest,
    _ idempotency: Idempotency?
  ) {
    do throws(RequestFailure) {
      let responder: any ChatResponder =
        message.stream && variant != .simple
        ? ChatStreamResponder(request, in: context)
        : ChatUnaryResponder(
          request, variant == .simple ? .simple : .chat, registry: context.services.registry,
          on: context.loop)
      request.model = message.model
      let demand = message.demand(isStream: message.stream && variant != .simple)
      let place = try context.services.takeTurn(of: request.exchange.account)
      let work = idempotency == nil ? try request.begin(demand, of: message.model, by: context) : nil
      takeTurn(request, message, demand, responder, place, work, idempotency)
    } catch {
      request.fail(error)
    }
  }
}

extension RequestFailure {
  /// The store takes nothing new.
  init(_ refusal: StoreRefusal) {
    switch refusal {
    case .busy, .fails: self = .store
    case .full(let limit):
      self.init(
        503, "The store of the sessions has its \(limit) bytes (store_max); delete sessions.", retryAfter: 60)
    case .closed: self.init(503, "The store of the sessions is closed.", retryAfter: 5)
    }
  }

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
    case .notStored: self = .store
    case .store(let refusal): self.init(refusal)
    case .idempotencyConflict:
      self.init(
        422, "Under this Idempotency-Key something else was asked for.", field: "Idempotency-Key",
        fault: FieldFault(in: .header))
    case .cancelled: self.init(503, "The request was cancelled.")
    }
  }
}
