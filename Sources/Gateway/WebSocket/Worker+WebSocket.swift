internal import Budgets
internal import Configuration
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import Telemetry
internal import Upstreams
internal import WebSocket

extension Worker {
  /// `GET /ws` and `GET /api/v1/chat/ws`.
  func openWebSocket(_ request: GatewayRequest) throws(RequestFailure) {
    let handshake = try self.handshake(of: request)
    let query = QueryParameters(request.exchange.request.query)
    let session = try ChatSocketQuery.session(query)
    let clientID = try ChatSocketQuery.clientID(query) ?? SessionID.random().description
    let after = try query.integer("after")
    request.webSocketPlace = try services.takeWebSocket(of: request.exchange.account)
    let chat = ChatSocket(
      worker: self, route: request.route, principal: principal(of: request), services: services,
      reader: reader,
      trace: TraceFields.of(request, settings), account: request.exchange.account)
    request.exchange.onClientLeft = { chat.end() }
    request.drain = { chat.drain() }
    request.giveUp = { _ in chat.giveUp() }
    let flusher: SocketFlusher = socketFlusher
    Task {
      do throws(TurnError) {
        let joined = try await services.registry.join(
          session, as: chat.principal, account: request.exchange.account, chat.sessionListener)
        guard chat.join(joined.membership) else { return }
        let models = await namesOfModels
        // That may have taken its time.
        guard !request.isClientGone else { return }
        request.respond(
          ServerResponse(
            status: 101, fields: FieldSection(handshake.fields),
            body: .upgrade { connection in
              chat.open(
                connection, flusher: flusher, clientID: clientID, models: models,
                generation: joined.generation, after: after)
            }))
      } catch {
        request.fail(RequestFailure(error))
      }
    }
  }

  func handshake(of request: GatewayRequest) throws(RequestFailure) -> ServerHandshake {
    if services.isDraining { throw .shuttingDown }
    let head = request.exchange.request
    do throws(HandshakeRefusal) {
      return try ServerHandshake(
        method: head.method, isHTTP1_1: head.version == .http1_1, fields: Array(head.fields))
    } catch {
      throw RequestFailure(
        error.status, "This is no WebSocket handshake: \(error.reason).", headerFields: error.fields)
    }
  }

  /// Lets Ollama answer a turn.
  ///
  /// - Parameters:
  ///   - route: the route by which it came.
  ///   - trace: the fields of its trace.
  ///   - place: the turn's among all turns.
  func run(
    _ turn: Turn, _ message: ChatMessageRequest, route: Int, trace: FieldSection, place: TablePlace
  ) {
    let runner = GenerationRunner(turn: turn, route: route, place: place, worker: self)
    runner.start(
      message, trace: trace, url: settings.ollama.url, client: client, timeouts: settings.timeouts)
  }
}

/// The query of a WebSocket's address.
enum ChatSocketQuery {
  static func session(_ query: QueryParameters) throws(RequestFailure) -> SessionID? {
    guard let text = try query.text("session_id"), !text.isEmpty else { return nil }
    guard let id = SessionID(text) else {
      throw RequestFailure(
        422, "“session_id” takes 1 to 128 characters of A-Z a-z 0-9 . _ -, but not “.” or “..”.",
        field: "session_id", fault: FieldFault(in: .query))
    }
    return id
  }

  /// A name for the connection, in the same characters as a session's.
  static func clientID(_ query: QueryParameters) throws(RequestFailure) -> String? {
    guard let text = try query.text("client_id"), !text.isEmpty else { return nil }
    guard let id = SessionID(text) else {
      throw RequestFailure(
        422, "“client_id” takes 1 to 128 characters of A-Z a-z 0-9 . _ -, but not “.” or “..”.",
        field: "client_id", fault: FieldFault(in: .query))
    }
    return id.description
  }
}
