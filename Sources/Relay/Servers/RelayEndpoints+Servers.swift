internal import Access
internal import Budgets
internal import Configuration
internal import Fleet
internal import HTTPFields
internal import Handling
internal import HTTPClient
internal import HTTPServer
internal import OllamaAPI
internal import Upstreams

// Where a request goes that changes the servers.
extension RelayEndpoints {
  /// Where a request goes.
  enum Destination {
    /// Where the pool sends it.
    case chosen
    /// To the first of the list that takes work.
    case first
    case server(UpstreamServers.Entry)
    case several([UpstreamServers.Entry])
  }

  /// - Throws: 400 for a server that there is not.
  func destination(of request: GatewayRequest, _ route: RelayRoute) throws(RequestFailure) -> Destination {
    let upstreams = context.upstreams
    guard route.spread == .all || route.spread == .first, let sole = upstreams.servers.entries.first,
      upstreams.servers.entries.count > 1 || sole.server.name != nil
    else { return .chosen }
    let entries = try selection(of: request).servers(
      among: upstreams.servers, tellsNames: upstreams.tellsNames)
    if entries == nil && route.spread == .first { return .first }
    // Where all are down they are tried all the same; what is drained gets nothing.
    if entries == nil, let counts = upstreams.pool.counts, counts.draining == counts.total {
      throw RequestFailure(503, "All Ollama servers are drained.", retryAfter: nil)
    }
    let chosen = entries ?? upstreams.serversUp
    return chosen.count == 1 ? .server(chosen[0]) : .several(chosen)
  }

  private func selection(of request: GatewayRequest) -> ServerSelection {
    var named: [String] = []
    request.exchange.request.fields.withEachField { field in
      if field.isNamed("x-gateway-servers") { named.append(String(decoding: field.value, as: UTF8.self)) }
    }
    return ServerSelection(
      field: named.isEmpty ? nil : named.joined(separator: ","), path: request.target.upstreamPath)
  }

  /// Responds to a request for what all servers have.
  ///
  /// - Returns: false for one that is relayed.
  func respondsForAll(_ request: GatewayRequest, _ route: RelayRoute) -> Bool {
    switch route.spread {
    case .list(let list) where isMerged(list) || request.grant?.restrictsModels == true:
      respond(list, to: request)
    case .version where context.upstreams.servers.entries.count > 1: respondWithVersion(to: request)
    default: return false
    }
    return true
  }

  /// Tells a relay where its request goes.
  ///
  /// - Parameter scopes: of who asks.
  /// - Returns: false where the request has been sent, to several.
  /// - Throws: 400 for a server that there is not, and for several of a request whose body may be anything.
  func settleDestination(
    of relay: Relay, _ request: GatewayRequest, _ route: RelayRoute, _ scopes: Scopes
  ) throws(RequestFailure) -> Bool {
    if route.need == .question, route.body.isNone, !request.parameter.isEmpty {
      let model = relay.aliases?.model(for: request.parameter)
      relay.model = model ?? request.parameter
      if let model {
        relay.path = "/v1/models/\(model)"
        relay.alias = relay.aliases?.listed(request.parameter)
      }
    }
    // Of others who would unload a model are refused.
    if scopes.contains(.modelsManage), route.stream == .generation || route.need == .embedding,
      context.upstreams.servers.entries.count > 1
    {
      relay.divert = { [self] body, probe in changesMemory(request, route, body, probe) }
    }
    if route.need == .question, route.body.isJSON, context.upstreams.servers.entries.count > 1 {
      remembersShow(relay, request)
    }
    relay.destination = try destination(of: request, route)
    switch relay.destination {
    case .chosen: break
    case .first, .server: relay.path = ServerSelection.stripped(request.target.upstreamPath)
    case .several(let entries):
      switch route.body {
      case .json, .unknown:
        relay.divert = { [self] body, probe in
          send(
            request, route, .bytes(body), isStreamed: route.stream == .progress && probe.stream, to: entries)
          return true
        }
      case .none:
        send(request, route, .none, isStreamed: false, to: entries)
        return false
      case .stream:
        try upload(request, route, to: entries)
        return false
      case .opaque: throw RequestFailure(400, "this request goes to one Ollama server only")
      }
    }
    return true
  }

  /// A request of who may manage models that does nothing but load or unload one goes to the servers that it names. One
  /// that names none and unloads goes to all: those that do not have the model in memory do nothing.
  ///
  /// - Returns: false for one that is relayed.
  private func changesMemory(
    _ request: GatewayRequest, _ route: RelayRoute, _ body: [UInt8], _ probe: RelayProbe
  ) -> Bool {
    let selection = selection(of: request)
    guard probe.unloads || selection != .none, body.withUnsafeBytes({ UnloadRequest.isOne($0) }) else {
      return false
    }
    do throws(RequestFailure) {
      let named = try selection.servers(
        among: context.upstreams.servers, tellsNames: context.upstreams.tellsNames)
      send(
        request, route, .bytes(body), isStreamed: false, absence: probe.unloads ? .isFine : .isFailure,
        to: named ?? context.upstreams.serversUp)
    } catch {
      request.fail(error)
    }
    return true
  }

  /// Sends a request to several servers, with a body that is there whole.
  func send(
    _ request: GatewayRequest, _ route: RelayRoute, _ body: ClientRequest.Body, isStreamed: Bool,
    absence: OrderResults.Absence = .isFailure, to entries: [UpstreamServers.Entry]
  ) {
    let orders: TablePlace
    do throws(RequestFailure) {
      orders = try context.services.takeOrder()
    } catch {
      return request.fail(error)
    }
    let order = order(request, route, body, isStreamed: isStreamed)
    let intervals = context.services.intervals
    let patience = OrderPatience(intervals, of: route, isStreamed: isStreamed)
    if isStreamed {
      ServerProgress(
        request, at: entries, by: context.upstreams, reader: context.reader,
        responseEnd: intervals.responseEnd, among: orders
      ).start(order, patience)
    } else {
      ServerOrders(
        request, at: entries, by: context.upstreams, reader: context.reader,
        absence: request.method == "DELETE" ? .isFine : absence, among: orders
      ).start(order, patience)
    }
  }

  /// Sends a request to several servers whose body is passed on as it comes.
  ///
  /// - Throws: where there is no memory for it.
  private func upload(
    _ request: GatewayRequest, _ route: RelayRoute, to entries: [UpstreamServers.Entry]
  ) throws(RequestFailure) {
    let body = ClientRequest.Body.stream(length: request.exchange.request.contentLength)
    let services = context.services
    try ServerUpload(
      request, at: entries, by: context.upstreams, reader: context.reader,
      memory: services.bodyMemory, among: services.takeOrder()
    ).start(
      order(request, route, body, isStreamed: false),
      OrderPatience(services.intervals, of: route, isStreamed: false))
  }

  private func order(
    _ request: GatewayRequest, _ route: RelayRoute, _ body: ClientRequest.Body, isStreamed: Bool
  ) -> UpstreamRequest {
    UpstreamRequest(
      request.method, ServerSelection.stripped(request.target.upstreamPath),
      fields: RelayFields.toUpstream(
        request, forwardsClient: context.settings.configuration.forwardClient, isRead: false),
      body: body, work: route.work, expectsStream: isStreamed)
  }
}

extension GatewayRequest {
  /// Names for the log the servers that have not carried out an order; of what they say nothing is logged.
  func noteFailedOrder(_ failed: [UpstreamServers.Entry], of count: Int) {
    guard !failed.isEmpty else { return }
    let names = failed.map(\.server.description).joined(separator: ", ")
    upstreamFailure = "\(failed.count) of \(count) servers failed: \(names)"
  }
}
