internal import Handling
internal import Access
internal import AccessStorage
internal import Accounts
public import Configuration
internal import Discovery
internal import EventLoop
internal import HTTPServer
internal import Sessions
internal import System
internal import Upstreams

// What the one who runs the gateway asks of it.
extension Gateway {
  /// What is under way. Returns only once every worker's loop has ticked: with a loop that hangs it never returns. It waits for no
  /// queue that work for clients lies in.
  public func figures() async -> GatewayFigures {
    var sum = GatewayFigures()
    await withTaskGroup(of: (requests: Int, streams: Int).self) { group in
      for worker in workers {
        group.addTask { await worker.run { ($0.context.requests.count, $0.context.requests.streamCount) } }
      }
      for await figures in group {
        sum.requests += figures.requests
        sum.streams += figures.streams
      }
    }
    sum.generations = services.registry.currentCounts.runningTurns
    sum.sockets = services.connections.count
    sum.isDraining = services.isDraining
    return sum
  }

  /// Whether it listens at an address that other machines may reach. What a proxy on this one passes on it cannot know.
  public var listensBeyondThisMachine: Bool {
    sockets.contains(where: \.address.reachesOtherMachines)
  }

  /// Asks how the Ollama server is, as `/health/ready` does.
  public func probeOllama() async -> (url: String, isReachable: Bool) {
    await workers[0].run { worker in
      let context = worker.context
      return (context.settings.servers.first?.url ?? "", await context.upstreams.health().isUp)
    }
  }

  /// Whether callers without a key are let in as long as nobody closes access.
  public var isOpen: Bool {
    switch live.withLock({ $0.configuration.auth }) {
    case .required: false
    case .automatic: !services.access.directory.directory.isClosed
    case .optional, .open: true
    }
  }

  /// Replaces the settings whose ``Setting/effect`` is at a reload, and reads the files anew that servers name. What is under way
  /// goes on; where it listens and all other settings stay.
  ///
  /// - Returns: the settings that are as they were, and whose files have something else.
  /// - Throws: where a file cannot be used. Then all stays as it was.
  @discardableResult
  public func reload(_ configuration: Configuration) async throws(ConfigurationError) -> [String] {
    let outcome = await changes.run { await self.apply(configuration) }
    return try outcome?.get() ?? []
  }

  private func apply(_ configuration: Configuration) async -> Result<[String], ConfigurationError> {
    do {
      let fileKeys = try GatewayAccess.fileKeys(configuration, logger: services.logger)
      let servers = try await discovery.use(configuration.servers, within: Gateway.discoveryTime)
      await use(configuration, servers)
      let haveChanged = keeper.use(fileKeys: GatewayAccess.allFileKeys(fileKeys, administrator))
      KeyLog(logger: services.logger).warn(of: services.access.directory.directory, configuration)
      return .success(haveChanged ? ["keys_file"] : [])
    } catch {
      return .failure(error)
    }
  }

  /// The servers are others, without a change of the settings.
  func followDiscovery() async {
    _ = await changes.run {
      let (configuration, before) = self.live.withLock { ($0.configuration, $0.servers) }
      let servers = self.discovery.servers
      if servers != before { await self.use(configuration, servers) }
    }
  }

  /// Does nothing once the gateway stops: that does not wait for a reload for ever, and ends the workers.
  private func use(_ configuration: Configuration, _ servers: [UpstreamServer]) async {
    guard !services.isDraining else { return }
    let settings = LiveSettings(configuration, servers: servers, listening: sockets.map(\.address))
    live.withLock { $0 = settings }
    // A worker that has not heard of them goes on with those that it knows.
    services.upstreams.useQueue(
      configuration.queue, waitLimit: configuration.queueTimeout, fitsContext: configuration.context == .fit)
    let told = services.upstreams.use(servers, keepingOthers: true)
    for worker in workers { await worker.run { $0.reload(settings, told) } }
    services.upstreams.use(servers)
  }
}
