internal import Access
internal import Bytes
package import Handling
internal import Configuration
internal import HTTPClient
internal import HTTPServer
internal import OllamaAPI
internal import Upstreams

/// What is passed on to Ollama. Lives on its worker's loop.
package final class RelayEndpoints: RouteCollection {
  package let context: WorkerContext
  let heartbeats: Heartbeats
  /// Of streams of lines whose requests wait for a server.
  let queueLines: Heartbeats
  /// What models are, where there are several servers.
  var shown = ShowCache()

  /// All that has a route of its own.
  static let paths = ollama + models + openAI + anthropic

  /// What Ollama refuses, passed on: an older one has no such path; and what goes wrong on the way to it.
  private static let failures = [401, 404, 405, 409, 422, 429, 500, 502, 504]

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) {
    self.context = context
    heartbeats = Heartbeats(loop: context.loop, interval: context.settings.configuration.heartbeat)
    queueLines = Heartbeats(loop: context.loop, interval: context.settings.configuration.queueLines)
  }

  package var routes: [Route] {
    RelayEndpoints.paths.map { path in
      Route(
        path.pattern,
        path.methods.map { method in
          Endpoint(
            method.name, method.route.rule, method.operation,
            failures: RelayEndpoints.failures + (method.route.body.isNone ? [] : [413, 415]),
            handler(of: method.route, at: path.pattern))
        })
    }
  }

  package var folders: [Folder] {
    ["/api/", "/v1/"].map { prefix in
      Folder(prefix) { [self] path, method in
        let route = RelayRoute.other(path, method)
        return (route.rule, handler(of: route, at: path))
      }
    }
  }

  package func settingsDidChange() {
    heartbeats.interval = context.settings.configuration.heartbeat
    queueLines.interval = context.settings.configuration.queueLines
  }

  /// Of Ollama's paths those under `/v1` take Zstandard, as newer Ollamas do.
  private func handler(of route: RelayRoute, at path: String) -> Handler {
    var traits: Handler.Traits = .makesContent
    if route.work != .read { traits.insert(.hasNoTimeLimit) }
    if path.utf8.starts(with: "/v1/".utf8) { traits.insert(.takesZstandard) }
    return Handler(traits: traits) { [self] request throws(RequestFailure) in try relay(request, route) }
  }
}

extension RelayEndpoints {
  private func relay(_ request: GatewayRequest, _ route: RelayRoute) throws(RequestFailure) {
    let (settings, services) = (context.settings, context.services)
    let configuration = settings.configuration
    let scopes = context.scopes(of: request)
    let shown = request.grant
    try requireLeave(for: route, scopes, hasGrant: shown != nil)
    let grant = shown?.restrictsModels == true ? shown : nil
    if grant != nil { try requireNames(in: route) }
    if route.changesModels && request.method != "HEAD" {
      request.modelChange = services.upstreams.modelChanges.begin()
    }
    if respondsForAll(request, route) { return }
    let relay = Relay(
      request, route, upstreams: context.upstreams, reader: context.reader, heartbeats: heartbeats,
      queueLines: queueLines, forwardsClient: configuration.forwardClient)
    relay.looksForCloud = route.work == .inference && !configuration.allowCloudModels
    relay.grant = grant
    if relay.looksForCloud || grant != nil { relay.modelSources = context.modelSources }
    if shown != nil { relay.accessWatch = context.accessWatch }
    if route.takesAliases && !context.settings.aliases.isEmpty { relay.aliases = context.settings.aliases }
    if route.work == .inference && context.meter.counts(request) { relay.meteringContext = context }
    guard try settleDestination(of: relay, request, route, scopes) else { return }
    switch route.body {
    case .none: relay.startWithoutBody()
    case .stream:
      relay.start(try UploadQueue(exchange: request.exchange, memory: services.bodyMemory))
    case .opaque: try collectBody(of: request) { relay.start(opaque: $0) }
    case .json, .unknown:
      let isJSON = route.body.isJSON
      var interests = route.interests
      if route.work == .inference && context.upstreams.servers.areChosen || relay.aliases != nil
        || relay.meteringContext != nil
      {
        interests.insert(.placement)
      }
      if relay.aliases != nil { interests.insert(.modelPlaces) }
      if grant != nil { interests.formUnion(route.changesModels ? [.everyName, .orders] : .everyName) }
      let reading = RelayProbe.Reading(
        interests, of: route.stream, unloading: .init(scopes, hasGrant: shown != nil))
      try collectBody(of: request) {
        if isJSON {
          relay.start(json: $0, reading)
        } else if RelayEndpoints.beginsWithBrace($0) {
          relay.start(unknown: $0, reading)
        } else {
          relay.start(opaque: $0)
        }
      }
    }
  }

  /// Reads a body whole, and unpacks it.
  private func collectBody(
    of request: GatewayRequest, then: @escaping ([UInt8]) -> Void
  ) throws(RequestFailure) {
    let limit = context.settings.configuration.maxBodyBytes
    guard request.contentCoding == .zstd else {
      return request.exchange.collectBody(limit: limit, then: then)
    }
    let loop = context.loop
    request.exchange.collectBody(limit: limit) { packed in
      do throws(RequestFailure) {
        try BodyUnpacking(packed, of: request, limit: limit, on: loop, then: then).goOn()
      } catch {
        request.fail(error)
      }
    }
  }

  /// White space, as JSON has it, may stand before; of a great deal of it the reader of JSON finds the end.
  static func beginsWithBrace(_ body: [UInt8]) -> Bool {
    let first = body.prefix(RelayProbe.slice).first { !ASCII.isWhiteSpace($0) }
    return first == UInt8(ascii: "{") || first == nil && body.count > RelayProbe.slice
  }

  /// Of a caller who may not use all models: what would open one by its files, and what may have to do with any, is not for him.
  private func requireNames(in route: RelayRoute) throws(RequestFailure) {
    guard route.isKnown, route.body.isJSON || !route.changesModels else { throw .forAllModelsOnly }
  }

  private func requireLeave(
    for route: RelayRoute, _ scopes: Scopes, hasGrant: Bool
  ) throws(RequestFailure) {
    let configuration = context.settings.configuration
    switch route.leave {
    case .none: break
    case .cloudModels where !configuration.allowCloudModels: throw .cloudModel
    case .managementOrCloudModels
    where !scopes.contains(.modelsManage) && !configuration.allowCloudModels:
      if hasGrant { throw .accountOutOfScope }
      throw RequestFailure(
        403,
        "this request tells whose account Ollama is signed in with; start the gateway with --allow-cloud-models or "
          + "--allow-model-management to let it.")
    case .cloudModels, .managementOrCloudModels: break
    }
  }
}

extension RelayRoute.Body {
  var isNone: Bool {
    if case .none = self { true } else { false }
  }

  var isJSON: Bool {
    if case .json = self { true } else { false }
  }
}
