internal import Access
package import Handling
internal import Budgets
internal import Configuration
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import Telemetry
internal import Upstreams
internal import WebSocket

/// The chat API's WebSockets. Lives on its worker's loop.
package final class SocketEndpoints: RouteCollection {
  package let context: WorkerContext
  private let modelNames: ModelNames
  let flusher: SocketFlusher

  /// On the thread of the context's loop.
  ///
  /// - Parameter models: of the same worker.
  package init(_ context: WorkerContext, _ models: ChatModelList) {
    self.context = context
    modelNames = ModelNames(context, models)
    flusher = SocketFlusher(loop: context.loop)
  }

  package var routes: [Route] {
    let chat = Handler(traits: [.makesContent, .hasNoTimeLimit], openWebSocket)
    let failures = [422, 426]
    var routes = [
      Route("/ws", .get(.chat, .webSocket("openWebSocket"), failures: failures, chat)),
      Route(
        "/api/v1/chat/ws", .get(.chat, .webSocket("openChatWebSocket"), failures: failures, chat)),
    ]
    // Those that no shipped gateway has.
    #if TEST_ROUTES
      routes.append(
        Route(
          "/ws/echo",
          .get(
            .open, Operation("echo", .webSocket, "A WebSocket that echoes", .empty(101, "It is one.")),
            failures: [426], Handler(openEcho))))
    #endif
    return routes
  }

  package func close() { flusher.close() }

  /// `GET /ws` and `GET /api/v1/chat/ws`.
  private func openWebSocket(_ request: GatewayRequest) throws(RequestFailure) {
    let handshake = try self.handshake(of: request)
    let query = QueryParameters(request.exchange.request.query)
    let session = try ChatSocketQuery.session(query)
    let clientID = try ChatSocketQuery.clientID(query) ?? SessionID.random().description
    let after = try query.integer("after")
    request.webSocketPlace = try context.services.takeWebSocket(of: request.exchange.account)
    let payer = request.payer(by: context)
    request.limitedPlace = try context.meter.takeWebSocket(of: payer, as: request.errorFormat)
    let chat = ChatSocket(
      context, modelNames, route: request.route,
      for: Admitted(
        context.principal(of: request), by: .chat, from: request.callerPlace, showing: request.proof),
      payer: payer, requestID: request.id,
      trace: TraceFields.of(request, context.settings), account: request.exchange.account)
    request.exchange.onClientLeft = { chat.end() }
    request.drain = { chat.drain() }
    request.giveUp = { _ in chat.giveUp() }
    let (context, modelNames, flusher) = (context, modelNames, flusher)
    context.loop.startTask {
      do throws(TurnError) {
        let joined = try await context.services.registry.join(
          session, as: chat.principal, account: request.exchange.account, chat.listener)
        guard chat.join(joined.membership) else { return }
        let models = await modelNames.read(for: chat.principal.grant)
        // That may have taken its time.
        guard !request.isClientGone else { return }
        if let refusal = chat.refusal {
          chat.end()
          return request.fail(refusal)
        }
        request.respond(
          ServerResponse(
            status: 101, fields: FieldSection(handshake.fields),
            body: .upgrade { connection in
              chat.open(
                connection, flusher: flusher, clientID: clientID, models: models,
                generation: joined.generation, after: after)
            }))
      } catch {
        chat.end()
        request.fail(RequestFailure(error))
      }
    }
  }

  /// What a browser, which cannot set a header field, asks for beside the name that holds its key.
  private static let subprotocol = "og.v1"

  func handshake(of request: GatewayRequest) throws(RequestFailure) -> ServerHandshake {
    if context.services.isDraining { throw .shuttingDown }
    let head = request.exchange.request
    do throws(HandshakeRefusal) {
      return try ServerHandshake(
        method: head.method, isHTTP1_1: head.version == .http1_1, fields: Array(head.fields),
        subprotocols: [SocketEndpoints.subprotocol])
    } catch {
      throw RequestFailure(
        error.status, "This is no WebSocket handshake: \(error.reason).", headerFields: error.fields)
    }
  }
}

extension Operation {
  /// The query of a WebSocket's address.
  private static let webSocketQuery: [Parameter] = [
    .query("session_id", .named("SessionID"), "The session to join or to create; without it a new one."),
    .query("client_id", .named("SessionID"), "A name for this connection; without it a UUID."),
    .query(
      "after", .integer(in: 0...QueryParameters.largestNumber, standard: nil),
      "The last `seq` that was seen: the answer in flight is told from the next event on."),
  ]

  fileprivate static func webSocket(_ id: String) -> Operation {
    var operation = Operation(
      id, .webSocket, "Open a WebSocket",
      details: "The two paths are the same. What is said over it is described in `asyncapi.json`.",
      parameters: webSocketQuery + [
        .header("Connection", .constant("Upgrade"), "The connection changes its protocol."),
        .header("Upgrade", .constant("websocket"), "To this one."),
        .header("Sec-WebSocket-Version", .constant("13"), "The version of the protocol: RFC 6455."),
        .header(
          "Sec-WebSocket-Key", .pattern("^[A-Za-z0-9+/]{21}[AQgw]==$"), "16 bytes in base 64.",
          example: "dGhlIHNhbXBsZSBub25jZQ=="),
        .sessionToken,
      ],
      Response(
        status: 101, summary: "The connection is a WebSocket.",
        fields: [
          Field("Upgrade", "`websocket`."),
          Field("Sec-WebSocket-Accept", "The proof that the key was read."),
        ]))
    operation.opensChat = true
    return operation
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
