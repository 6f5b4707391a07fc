internal import Access
package import Budgets
internal import EventLoop
internal import HTTPFields
package import HTTPServer
internal import Logging
package import System
internal import Telemetry
internal import Upstreams

/// Where requests come in from libmicrohttpd's callbacks. Lives on its worker's loop.
package final class RequestEntrance: HTTPServerDelegate {
  private let context: WorkerContext
  private let services: Services
  private let router: Router
  private let dispatcher: RequestDispatcher
  /// Replaced by a reload.
  package var settings: LiveSettings {
    didSet { lastTarget = nil }
  }
  private var ids = TraceIDGenerator()
  private var lastTarget: RequestTarget?
  /// Whether a proxy that is not believed was told of.
  private var hasWarnedOfProxy = false

  /// - Parameters: see the types; all of one worker.
  package init(_ context: WorkerContext, _ router: Router, _ dispatcher: RequestDispatcher) {
    self.context = context
    services = context.services
    settings = context.settings
    self.router = router
    self.dispatcher = dispatcher
  }

  package func server(_ server: HTTPServer, accountOf peer: Peer) -> ClientAccount? {
    guard let address = peer.address, !address.isLoopback, !settings.trustedProxies.contains(address)
    else { return nil }
    return services.clients.account(of: ClientNetwork(address))
  }

  package func server(_ server: HTTPServer, didReceive exchange: ServerExchange) {
    let request = makeRequest(exchange)
    exchange.context = request
    context.requests.add(request)
    dispatcher.serve(request)
  }

  package func server(_ server: HTTPServer, responseFor refusal: ServerRefusal) -> ServerResponse {
    guard let exchange = refusal.exchange else {
      return RefusalResponse.make(refusal, id: ids.traceID().description)
    }
    // For the log.
    if exchange.context == nil { exchange.context = makeRequest(exchange) }
    guard let request = exchange.context as? GatewayRequest else { preconditionFailure("a foreign context") }
    return request.response(to: refusal, retryAfter: refusal.memory.flatMap { delay(of: request, $0) })
  }

  /// The bodies of those that wait for an Ollama have the memory: seconds until one of them is sent, of the request's own asker where
  /// it is its client's share that is full. Nil where none waits.
  private func delay(of request: GatewayRequest, _ refusal: MemoryRefusal) -> Int? {
    context.upstreams.pool.retryAfterMemory(
      of: refusal == .clientShare ? request.flow : nil)
  }

  package func server(_ server: HTTPServer, didEnd exchange: ServerExchange) {
    guard let request = exchange.context as? GatewayRequest else { return }
    // The two know each other.
    exchange.context = nil
    request.release()
    context.measure(request)
    context.log(request, by: router)
    // Last of all, as who waits for it may end the worker.
    context.requests.remove(request)
  }

  package func server(_ server: HTTPServer, warns message: String) {
    services.logger.warning("\(message)")
  }

  private func makeRequest(_ exchange: ServerExchange) -> GatewayRequest {
    let peer = ConnectionPeer.of(exchange, settings)
    let forwarded = ForwardedRequest.read(exchange, of: peer, trusting: settings.trustedProxies)
    exchange.account = peer.account(for: forwarded, in: services.clients)
    if forwarded == nil && exchange.peer == .unix { warnOfUnbelievedProxy(exchange) }
    let trace = trace(of: exchange.request.fields)
    let request = GatewayRequest(
      exchange, id: id(of: exchange.request, isTrusted: forwarded != nil, trace), trace: trace, peer: peer,
      forwarded: forwarded, target: target(of: exchange.request))
    // A proxy's connections are nobody's between requests: what a client has of them is each request.
    if forwarded != nil, let account = exchange.account {
      request.connectionHold = .take(.connection, of: account)
      request.isOverShare = request.connectionHold == nil
    }
    return request
  }

  /// The operator of a proxy whose word is lost should hear of it, once.
  private func warnOfUnbelievedProxy(_ exchange: ServerExchange) {
    guard !hasWarnedOfProxy, ProxySigns.arePresent(in: exchange.request.fields) else { return }
    hasWarnedOfProxy = true
    services.logger.warning(
      """
      a proxy on a UNIX socket is not believed when it says for whom it asks: its user is neither root nor the gateway's \
      own, and not in the group of the socket's file
      """)
  }

  private func target(of request: ServerRequest) -> RequestTarget {
    if let lastTarget, lastTarget.text.hasSameBytes(as: request.target) { return lastTarget }
    let target = RequestTarget(request, settings, router)
    lastTarget = target
    return target
  }

  /// A trusted proxy's `X-Request-Id`, if it is one, or a new one: that is a new trace's own id. A client may send one
  /// trace's id with many requests.
  private func id(of request: ServerRequest, isTrusted: Bool, _ trace: TraceContext) -> RequestID {
    if isTrusted, let id = request.first("x-request-id"), RequestID.isAcceptable(id) { return .taken(id) }
    return .made(trace.isTakenOver ? ids.traceID() : trace.traceID)
  }

  /// The client's trace, if it names one, or a new one.
  private func trace(of fields: FieldSection) -> TraceContext {
    let spanID = ids.spanID()
    var client: TraceContext?
    var count = 0
    fields.withEachField { field in
      guard field.isNamed("traceparent") else { return }
      client = TraceContext(continuing: field.value, spanID: spanID)
      count += 1
    }
    // Of two it would be anybody's guess which is meant.
    if let client, count == 1 { return client }
    return TraceContext(traceID: ids.traceID(), spanID: spanID)
  }
}
