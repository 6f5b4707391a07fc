internal import Access
internal import System
internal import EventLoop
internal import HTTPServer
internal import Telemetry
internal import Upstreams

// What is noted of a request that is over.
extension WorkerContext {
  /// Adds it to the figures.
  package func measure(_ request: GatewayRequest) {
    let exchange = request.exchange
    let now = MonotonicTime.now
    metrics.noteRequest(
      WorkerMetrics.RequestSeries(
        method: RequestMethod(request.method), route: request.route,
        status: StatusSeries.of(exchange.status ?? 499)),
      duration: now - exchange.start, sent: exchange.bytesSent, received: exchange.bytesReceived)
    guard let usage = request.usage, let model = request.model else { return }
    metrics.noteGeneration(
      model: model, route: request.route, usage: usage, start: exchange.start,
      firstToken: request.isTokenStream ? exchange.firstByte : nil, end: now)
  }

  /// Writes its line of the access log.
  package func log(_ request: GatewayRequest, by router: Router) {
    guard services.accessLog.isEnabled else { return }
    let exchange = request.exchange
    services.accessLog.record(
      AccessLogEntry(
        method: request.method, route: router.pattern(of: request.route),
        path: request.missingPath,
        status: exchange.status ?? 499,
        bytes: exchange.bytesSent, nanoseconds: (MonotonicTime.now - exchange.start).wholeNanoseconds,
        firstByteNanoseconds: exchange.firstByte.map { ($0 - exchange.start).wholeNanoseconds },
        model: request.model.map(KeyRedaction.text), upstream: request.upstream,
        attempts: request.placement?.attempts ?? 0,
        queueNanoseconds: request.placement?.waited.wholeNanoseconds ?? 0,
        upstreamFailure: request.upstreamFailure,
        requestID: request.id.description, clientRequestID: request.clientRequestID.map(KeyRedaction.text),
        traceID: request.trace.traceID,
        client: request.client, key: request.principal?.grant?.key?.id.text))
  }
}
