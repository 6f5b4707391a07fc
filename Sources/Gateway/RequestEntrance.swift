internal import Configuration
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import Logging
internal import Telemetry

/// Where requests come in from libmicrohttpd's callbacks, on the worker's loop, and enter its actor.
final class RequestEntrance: HTTPServerDelegate {
  private unowned let worker: Worker
  /// Replaced by a reload.
  var settings: LiveSettings
  private var ids = TraceIDGenerator()

  init(worker: Worker, settings: LiveSettings) {
    self.worker = worker
    self.settings = settings
  }

  func server(_ server: HTTPServer, didReceive exchange: ServerExchange) {
    let request = LoopBound(makeRequest(exchange), to: worker.loop)
    exchange.context = request.value
    worker.assumeIsolated { $0.begin(request.value) }
  }

  func server(_ server: HTTPServer, responseFor refusal: ServerRefusal) -> ServerResponse {
    guard let exchange = refusal.exchange else {
      return RefusalResponse.make(refusal, id: ids.traceID().description)
    }
    // For the log.
    if exchange.context == nil { exchange.context = makeRequest(exchange) }
    guard let request = exchange.context as? GatewayRequest else { preconditionFailure("a foreign context") }
    return request.response(to: refusal)
  }

  func server(_ server: HTTPServer, didEnd exchange: ServerExchange) {
    guard let request = exchange.context as? GatewayRequest else { return }
    // The two know each other.
    exchange.context = nil
    let bound = LoopBound(request, to: worker.loop)
    worker.assumeIsolated { $0.end(bound.value) }
  }

  func server(_ server: HTTPServer, warns message: String) {
    worker.services.logger.warning("\(message)")
  }

  private func makeRequest(_ exchange: ServerExchange) -> GatewayRequest {
    let forwarded = ForwardedRequest.read(exchange, trusting: settings.trustedProxies)
    let trace = trace(of: exchange.request.fields)
    return GatewayRequest(
      exchange, id: id(of: exchange.request, isTrusted: forwarded != nil, trace), trace: trace,
      forwarded: forwarded, basePath: settings.configuration.basePath)
  }

  /// A trusted proxy's `X-Request-Id`, if it is one, or a new one: that is a new trace's own id. A client may send one
  /// trace's id with many requests.
  private func id(of request: ServerRequest, isTrusted: Bool, _ trace: TraceContext) -> String {
    if isTrusted, let id = request.first("x-request-id"), RequestID.isAcceptable(id) { return id }
    return (trace.isTakenOver ? ids.traceID() : trace.traceID).description
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
