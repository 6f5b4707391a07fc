internal import EventLoop
internal import HTTPServer
internal import Logging
internal import Telemetry

/// Where requests come in from libmicrohttpd's callbacks, on the worker's loop, and enter its actor.
final class RequestEntrance: HTTPServerDelegate {
  private unowned let worker: Worker
  private var ids = RequestIDGenerator()

  init(worker: Worker) { self.worker = worker }

  func server(_ server: HTTPServer, didReceive exchange: ServerExchange) {
    let request = LoopBound(GatewayRequest(exchange, id: id(of: exchange.request)), to: worker.loop)
    exchange.context = request.value
    worker.assumeIsolated { $0.begin(request.value) }
  }

  func server(_ server: HTTPServer, responseFor refusal: ServerRefusal) -> ServerResponse {
    guard let exchange = refusal.exchange else { return RefusalResponse.make(refusal, id: ids.next()) }
    if exchange.context == nil {
      // For the log.
      exchange.context = GatewayRequest(exchange, id: id(of: exchange.request))
    }
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

  /// The client's own `X-Request-Id`, if it is one, or a new one.
  private func id(of request: ServerRequest?) -> String {
    if let id = request?.first("x-request-id"), RequestID.isAcceptable(id) { return id }
    return ids.next()
  }
}
