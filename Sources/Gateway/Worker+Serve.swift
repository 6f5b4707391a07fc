internal import Access
internal import Budgets
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import System
internal import Telemetry

extension Worker {
  /// Finds out who asks for what, and starts the work.
  func serve(_ request: GatewayRequest) {
    do throws(RequestFailure) {
      if try admit(request) { return }
      if request.isOverShare { throw .overShare(.connection, services.clients.limits) }
      if let address = request.target.cleanAddress, request.method == "GET" || request.method == "HEAD" {
        return request.respond(ServerResponse(status: 301, fields: [("Location", address)]))
      }
      guard let (route, parameter) = request.target.match else { return try serveOther(request) }
      request.route = route.number
      guard let action = route.action(of: request.method) else {
        return refuseMethod(request, route)
      }
      try start(action, request, parameter)
    } catch {
      request.fail(error)
    }
  }

  /// What has no route: a path that Ollama may serve, the server as such (RFC 9110 section 9.3.7), or nothing.
  private func serveOther(_ request: GatewayRequest) throws(RequestFailure) {
    let other = request.target.otherRoute
    if let other { request.route = other.number }
    let isServer = request.method == "OPTIONS" && request.target.text.hasSameBytes(as: "*")
    guard other != nil || isServer else { throw RequestFailure(404, "There is nothing at this path.") }
    let methods = Route.otherMethods.joined(separator: ", ")
    switch request.method {
    case "OPTIONS": request.respond(ServerResponse(status: 204, fields: [("Allow", methods)]))
    // One reflects what it gets, the other is for proxies.
    case "TRACE", "CONNECT":
      throw RequestFailure(405, "This path takes \(methods).", headerFields: [("Allow", methods)])
    default: try start(.relay(.other(request.target.path, request.method)), request, "")
    }
  }

  /// Lets in whom the policies of Host and Origin let in.
  ///
  /// - Returns: whether the request was a CORS preflight, and is answered.
  private func admit(_ request: GatewayRequest) throws(RequestFailure) -> Bool {
    let fields = request.exchange.request.fields
    var host = try admitHost(fields)
    // In its place for the page's own origin. Host is checked as well: a page whose name is made to mean this machine can
    // write the other field, and then seems to come from a proxy here.
    if let original = request.forwarded?.host { host = try admit(host: original, of: "X-Forwarded-Host") }
    let origin = fields.first("origin")
    let decision = settings.originPolicy.decide(
      origin: origin, host: host, fetchSite: fields.first("sec-fetch-site"),
      fetchMode: fields.first("sec-fetch-mode"))
    switch decision {
    case .noOrigin: return false
    case .refused(let reason): throw RequestFailure(403, reason)
    case .allowed(let allowed): request.corsFields = CORS.responseHeaders(origin: allowed)
    }
    let requestMethod = fields.first("access-control-request-method")
    guard request.method == "OPTIONS", CORS.isPreflight(origin: origin, requestMethod: requestMethod),
      let origin
    else { return false }
    request.route = RouteTable.preflight
    request.corsFields = CORS.preflightHeaders(
      origin: origin, requestHeaders: fields.first("access-control-request-headers"),
      requestPrivateNetwork: fields.first("access-control-request-private-network"))
    request.respond(ServerResponse(status: 204))
    return true
  }

  /// Who asks: whatever is done with sessions is done as this principal.
  func principal(of request: GatewayRequest) -> Principal { request.principal(by: services.authenticator) }

  /// Of one that is like the last the answer is known.
  private func admitHost(_ fields: FieldSection) throws(RequestFailure) -> Authority? {
    if let lastHost {
      let isKnown = fields.withFirst("host") { field in
        lastHost.value.withUnsafeBytes { field.value.isEqual(to: $0) }
      }
      if isKnown == true { return lastHost.authority }
    }
    let authority = try admit(host: fields.first("host"), of: "Host")
    if let authority { fields.withFirst("host") { lastHost = (Array($0.value), authority) } }
    return authority
  }

  private func admit(host: String?, of field: StaticString) throws(RequestFailure) -> Authority? {
    switch settings.hostPolicy.decide(host, of: field) {
    case .allowed(let authority): return authority
    case .malformed(let reason): throw RequestFailure(400, reason)
    case .refused(let reason): throw RequestFailure(403, reason)
    }
  }

  private func refuseMethod(_ request: GatewayRequest, _ route: Route) {
    let methods = route.allowedMethods
    if request.method == "OPTIONS" {
      request.respond(ServerResponse(status: 204, fields: [("Allow", methods)]))
    } else {
      request.fail(
        RequestFailure(405, "This path takes \(methods).", headerFields: [("Allow", methods)]))
    }
  }

  private func start(
    _ action: Route.Action, _ request: GatewayRequest, _ parameter: String
  ) throws(RequestFailure) {
    if action.makesContent { try requireMemory(for: request) }
    try request.requireKnownCoding(for: action)
    request.exchange.outlivesHalfClose = !action.hasNoTimeLimit
    switch action {
    case .relay(let route): try relay(request, route)
    case .document(let document): serve(document, to: request)
    case .root: serveRoot(request)
    case .page(let page): serve(page, to: request)
    case .asset: try serveAsset(parameter, to: request)
    case .alive: request.respond { HealthReport.alive(into: &$0) }
    case .health(let part):
      perform(request) { worker, request throws(RequestFailure) in
        try await worker.reportServices(request, part, named: parameter)
      }
    case .detailedHealth: perform(request) { worker, request in await worker.reportHealth(request) }
    case .readiness:
      perform(request) { worker, request throws(RequestFailure) in try await worker.reportReadiness(request) }
    case .metrics: perform(request) { worker, request in await worker.reportMetrics(request) }
    case .chatModels:
      perform(request) { worker, request throws(RequestFailure) in try await worker.listModels(request) }
    case .modelNames:
      perform(request) { worker, request throws(RequestFailure) in try await worker.listModelNames(request) }
    case .chatHealth: perform(request) { worker, request in await worker.reportChatHealth(request) }
    case .chat(let variant): try chat(request, variant)
    case .webSocket: try openWebSocket(request)
    #if TEST_ROUTES
      case .echo: try openEcho(request)
    #endif
    case .connections: try listConnections(request)
    case .broadcast: try broadcast(request)
    case .token: giveToken(request)
    case .sessions:
      perform(request) { worker, request throws(RequestFailure) in try await worker.listSessions(request) }
    case .history:
      perform(request) { worker, request throws(RequestFailure) in
        try await worker.showHistory(request, parameter)
      }
    case .deleteSession:
      perform(request) { worker, request throws(RequestFailure) in
        try await worker.deleteSession(request, parameter)
      }
    case .addImage: try takeImage(request, parameter)
    case .image:
      perform(request) { worker, request throws(RequestFailure) in
        try await worker.showImage(request, parameter)
      }
    case .resumeStream:
      perform(request) { worker, request throws(RequestFailure) in
        try await worker.resumeStream(request, parameter)
      }
    case .stopStream:
      perform(request) { worker, request throws(RequestFailure) in
        try await worker.stopStream(request, parameter)
      }
    }
  }

  /// New work waits while as much is held for slow readers as may be: what is under way goes on.
  private func requireMemory(for request: GatewayRequest) throws(RequestFailure) {
    let memory = services.unsentMemory
    if memory.isExhausted { throw RequestFailure(MemoryRefusal.exhausted) }
    guard let account = request.exchange.account, account.count(of: .unsent) >= memory.clientShare else {
      return
    }
    throw RequestFailure(MemoryRefusal.clientShare)
  }

  /// Serves a request by a task that stays on this worker, and is cancelled if nobody waits for its answer any more.
  private func perform(
    _ request: GatewayRequest,
    _ work: @escaping (isolated Worker, GatewayRequest) async throws(RequestFailure) -> Void
  ) {
    let task = Task {
      do throws(RequestFailure) {
        try await work(self, request)
      } catch {
        request.fail(error)
      }
    }
    request.exchange.onClientLeft = { task.cancel() }
  }

  /// One line a request.
  func log(_ request: GatewayRequest) {
    guard services.accessLog.isEnabled else { return }
    let exchange = request.exchange
    services.accessLog.record(
      AccessLogEntry(
        method: request.method, route: services.routes.pattern(of: request.route),
        path: request.missingPath,
        status: exchange.status ?? 499,
        bytes: exchange.bytesSent, nanoseconds: (MonotonicTime.now - exchange.start).wholeNanoseconds,
        firstByteNanoseconds: exchange.firstByte.map { ($0 - exchange.start).wholeNanoseconds },
        model: request.model, upstream: request.upstream, upstreamFailure: request.upstreamFailure,
        requestID: request.id.description, clientRequestID: request.clientRequestID,
        traceID: request.trace.traceID,
        client: request.client))
  }
}

extension Route.Action {
  /// Whether a model works for the answer, or Ollama may take as long as it likes: for a client that has left, perhaps, nobody
  /// waits, as Ollama does not.
  fileprivate var hasNoTimeLimit: Bool {
    switch self {
    case .relay(let route): route.work != .read
    case .chat, .resumeStream, .webSocket: true
    default: false
    }
  }

  /// Whether what it answers with may be long, or it starts what is.
  fileprivate var makesContent: Bool {
    switch self {
    case .relay, .chat, .webSocket, .sessions, .history, .resumeStream, .image: true
    default: false
    }
  }
}
