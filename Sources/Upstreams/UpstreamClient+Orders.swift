internal import EventLoop
internal import Fleet
internal import HTTPClient
internal import HTTPFields
internal import JSON
internal import OllamaAPI
internal import System

// What the pool wants to be done.
extension UpstreamClient {
  func perform(_ order: UpstreamOrder) {
    guard !isClosed else { return }
    switch order {
    case .send(let ticket, let server, let grant): calls[ticket]?.send(ticket, to: server, grant)
    case .refuse(let ticket, let refusal): calls[ticket]?.refuse(refusal)
    case .recall(let ticket): calls[ticket]?.recall()
    case .tell(let ticket, let standing): calls[ticket]?.tell(standing)
    case .load(let load, let server): self.load(load, on: server)
    case .keep(let server, let model, let length): keep(model, contextLength: length, on: server)
    case .cancelLoad(let id): loads.removeValue(forKey: id)?.cancel()
    case .log(let server, let isUp):
      // Nobody could hear of its models, and what was heard of the others alone would keep requests from it.
      if isUp { _ = pool.modelChanges.begin() }
      warnings?.note(server.description, isUp: isUp)
    case .logPin(let server, let model, let trouble):
      warnings?.note(model, isKept: trouble, by: server.description)
    case .ask(let id, let server, let question): ask(question, of: server, id)
    case .check(let probe): perform(probe)
    case .setTimer(let deadline): setTimer(deadline)
    }
  }

  // MARK: Questions

  /// The most bytes of a response that is read: a thousand models take about 400 KB.
  private static let responseLimit = 4 << 20

  /// - Parameters:
  ///   - limit: how long it may take; nil for the policy's time.
  ///   - then: is called once, when the pool knows.
  func ask(
    _ question: FleetQuestion, of server: UpstreamServer, _ id: FleetServerID, within limit: Duration? = nil,
    then: @escaping () -> Void = {}
  ) {
    let (pool, loop, reader) = (pool, loop, reader)
    let sink = CollectingSink(limit: UpstreamClient.responseLimit) { outcome in
      let observation = question.observation(of: outcome, reader)
      pool.observed(id, observation, at: loop.now)
      then()
    }
    let request = UpstreamRequest(
      "GET", question.path, work: .check, limit: limit ?? pool.policy.timeout(of: question))
    _ = start(request, at: server, sink: sink)
  }

  // MARK: Loads

  /// Bytes of the response to a load that are read.
  private static let loadResponseLimit = 64 * 1024

  private func load(_ load: FleetLoad, on server: UpstreamServer) {
    guard let ticket = load.ticket else {
      let request = LoadRequest(keeping: load.model, contextLength: load.options.contextLength)
      return self.load(load, by: request, on: server)
    }
    guard let request = calls[ticket]?.loadRequest else {
      return pool.observed(load.server, .loadEnded(load.id, error: .stalled), at: loop.now)
    }
    self.load(load, by: request, on: server)
  }

  private func load(_ load: FleetLoad, by body: LoadRequest, on server: UpstreamServer) {
    let (pool, loop) = (pool, loop)
    let began = loop.now
    let sink = CollectingSink(limit: UpstreamClient.loadResponseLimit) { [weak self] outcome in
      self?.loads[load.id] = nil
      // Of a model for nobody it is not known what it does.
      if load.ticket == nil, let self, let other = body.other(after: outcome) {
        return self.load(load, by: other, on: server)
      }
      let error = FleetFailure(ofLoad: outcome)
      if error == nil { self?.observer?.noteUpstreamLoad(after: loop.now - began) }
      pool.observed(load.server, .loadEnded(load.id, error: error), at: loop.now)
    }
    loads[load.id] = start(UpstreamRequest(body), at: server, sink: sink)
  }

  /// A model that is in memory stays there. Should that fail, the next look at the server tells.
  private func keep(_ model: String, contextLength: Int?, on server: UpstreamServer) {
    let request = LoadRequest(keeping: model, contextLength: contextLength)
    let sink = CollectingSink(limit: UpstreamClient.loadResponseLimit) { [weak self] outcome in
      guard let self, !self.isClosed, let other = request.other(after: outcome) else { return }
      _ = self.start(
        UpstreamRequest(other), at: server,
        sink: CollectingSink(limit: UpstreamClient.loadResponseLimit) { _ in })
    }
    _ = start(UpstreamRequest(request), at: server, sink: sink)
  }
}

extension UpstreamRequest {
  fileprivate convenience init(_ load: LoadRequest) {
    self.init(
      "POST", load.path, fields: [("Content-Type", "application/json")], body: .bytes(load.body),
      // A server that never responds is given up as for a request that loads its model itself.
      work: .inference)
  }
}

extension LoadRequest {
  /// The same for a model that completes nothing, where the server has said that it does not.
  fileprivate func other(after outcome: Result<UpstreamResponse, UpstreamFailure>?) -> LoadRequest? {
    guard case .success(let response) = outcome, response.head.status == 400 else { return nil }
    return forEmbedding
  }
}

extension FleetQuestion {
  fileprivate var path: String {
    switch self {
    case .version: "/api/version"
    case .loaded: "/api/ps"
    case .models: "/api/tags"
    }
  }

  fileprivate func observation(
    of outcome: Result<UpstreamResponse, UpstreamFailure>?, _ reader: JSONReader
  ) -> FleetObservation {
    if case .failure(.loginRefused) = outcome { return .credentialsRefused(self) }
    guard case .success(let response) = outcome, let observation = try? content(of: response, reader) else {
      return .failed(self, bytesCameMeanwhile: false)
    }
    return observation
  }

  private func content(
    of response: UpstreamResponse, _ reader: JSONReader
  ) throws(UpstreamFailure) -> FleetObservation {
    switch self {
    case .version: .version(try response.version(by: reader))
    case .loaded:
      try response.decode(by: reader) { bytes, reader throws(ResponseError) in
        .loaded(try LoadedModelsResponse(bytes, reader: reader).models.compactMap(FleetLoadedModel.init))
      }
    case .models:
      try response.decode(by: reader) { bytes, reader throws(ResponseError) in
        .models(try TagsResponse(bytes, reader: reader).models.compactMap(FleetListedModel.init))
      }
    }
  }
}

extension FleetLoadedModel {
  fileprivate init?(_ model: LoadedModelsResponse.Model) {
    guard let name = ModelName(model.name)?.canonical else { return nil }
    self.init(
      name: name, digest: model.digest, contextLength: model.contextLength, size: model.size,
      sizeInVRAM: model.sizeInVRAM, isKept: model.isKept)
  }
}

extension FleetListedModel {
  fileprivate init?(_ model: TagsResponse.Model) {
    guard let name = ModelName(model.name)?.canonical else { return nil }
    self.init(name: name, digest: model.digest ?? "", size: model.size, isRemote: model.isRemote)
  }
}

extension FleetPolicy {
  fileprivate func timeout(of question: FleetQuestion) -> Duration {
    switch question {
    case .version: versionTimeout
    case .loaded: loadedTimeout
    case .models: modelsTimeout
    }
  }
}

extension FleetFailure {
  /// - Returns: nil where the model is loaded.
  fileprivate init?(ofLoad outcome: Result<UpstreamResponse, UpstreamFailure>?) {
    switch outcome {
    case nil: self = .stalled
    case .failure(.transfer(.unreachable)), .failure(.transfer(.connectTimeout)): self = .unreachable
    case .failure(.transfer(.brokenOff)): self = .brokenOff
    case .failure(.loginRefused): self = .credentialsRefused
    case .failure: self = .stalled
    case .success(let response):
      guard response.head.status >= 400 else { return nil }
      self = FleetFailure(status: response.head.status, response.content, hasCredentials: false) ?? .stalled
    }
  }
}
