internal import Budgets
package import EventLoop
internal import HTTPFields
internal import HTTPServer

/// Finds out who asks for what, and starts the work. Lives on its worker's loop.
package final class RequestDispatcher {
  private let services: Services
  private let admission: Admission
  private let doorkeeper: Doorkeeper
  private let loop: EventLoop

  /// - Parameters:
  ///   - services: know how much may be held.
  ///   - admission: lets requests in by where they come from; of the same worker.
  ///   - doorkeeper: lets callers in by who they are; of the same worker.
  ///   - loop: the worker's.
  package init(
    _ services: Services, _ admission: Admission, _ doorkeeper: Doorkeeper, on loop: EventLoop
  ) {
    self.services = services
    self.admission = admission
    self.doorkeeper = doorkeeper
    self.loop = loop
  }

  /// Serves a request that has come in: its handler responds, or a failure does. Comes back at once; a handler may go on.
  package func serve(_ request: GatewayRequest) {
    do throws(RequestFailure) {
      if try admission.admit(request) { return }
      if request.isOverShare { throw .overShare(.connection, services.clients.limits) }
      if let address = request.target.cleanAddress, request.method == "GET" || request.method == "HEAD" {
        return request.respond(ServerResponse(status: 301, fields: [("Location", address)]))
      }
      guard let route = request.target.match?.route else { return try serveOther(request) }
      request.route = route.number
      guard let endpoint = route.endpoint(of: request.method) else { return refuseMethod(request, route) }
      try start(endpoint.handler, by: endpoint.rule, request)
    } catch {
      request.fail(error)
    }
  }

  /// What has no route: a path that Ollama may serve, the server as such (RFC 9110 section 9.3.7), or nothing.
  private func serveOther(_ request: GatewayRequest) throws(RequestFailure) {
    let folder = request.target.folder
    if let folder { request.route = folder.number }
    let isServer = request.method == "OPTIONS" && request.target.text.hasSameBytes(as: "*")
    guard folder != nil || isServer else { throw RequestFailure(404, "There is nothing at this path.") }
    let methods = Folder.methods.joined(separator: ", ")
    switch request.method {
    case "OPTIONS": request.respond(ServerResponse(status: 204, fields: [("Allow", methods)]))
    // One reflects what it gets, the other is for proxies.
    case "TRACE", "CONNECT":
      throw RequestFailure(405, "This path takes \(methods).", headerFields: [("Allow", methods)])
    default:
      guard let folder else { return }
      let (rule, handler) = folder.serve(request.target.path, request.method)
      try start(handler, by: rule, request)
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
    _ handler: Handler, by rule: RouteRule, _ request: GatewayRequest
  ) throws(RequestFailure) {
    // Before anything is read of a body.
    if services.lookAtKeys != nil || services.issuer != nil {
      guard case .admitted = try doorkeeper.admit(request, by: rule, isSure: false) else {
        return startLater(handler, by: rule, request)
      }
    } else {
      _ = try doorkeeper.admit(request, by: rule, isSure: true)
    }
    try start(handler, request)
  }

  /// Who shows a key that is not known waits until the store was asked for it, and who shows a token of the issuer's that cannot be looked
  /// at yet until that was: nobody else ever waits for either.
  private func startLater(_ handler: Handler, by rule: RouteRule, _ request: GatewayRequest) {
    request.exchange.holdBackBody()
    loop.startTask {
      await self.doorkeeper.settle(request)
      await self.services.lookAtKeys?()
      guard !request.isClientGone else { return }
      do throws(RequestFailure) {
        _ = try self.doorkeeper.admit(request, by: rule, isSure: true)
        try self.start(handler, request)
        request.exchange.dropHeldBody()
      } catch {
        request.fail(error)
      }
    }
  }

  private func start(_ handler: Handler, _ request: GatewayRequest) throws(RequestFailure) {
    let traits = handler.traits
    if traits.contains(.makesContent) { try requireMemory(for: request) }
    try request.requireKnownCoding(takesZstandard: traits.contains(.takesZstandard))
    request.exchange.outlivesHalfClose = !traits.contains(.hasNoTimeLimit)
    try handler.handle(request)
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
}
