internal import Access
internal import AccessStorage
internal import Accounts
internal import Administration
internal import Chat
internal import APIReference
internal import Handling
public import Configuration
internal import EventLoop
internal import Glibc
internal import HTTPServer
internal import Issuers
internal import JSONWebToken
internal import Passwords
internal import Sessions
internal import SignIn
public import Logging
internal import System
public import Telemetry
internal import Discovery
internal import Upstreams

/// The whole gateway: workers on their loops, and the sockets on which they listen. Safe from any thread.
public final class Gateway: Sendable {
  /// Where it listens, as `--listen` has it, with real ports.
  public let addresses: [String]
  let services: Services
  let workers: [LoopBound<Worker>]
  let sockets: [ListeningSocket]
  /// What the workers have, or are about to have.
  let live: Lock<LiveSettings>
  let discovery: ServerDiscovery
  /// Keys, teams and what was used.
  let keeper: AccessKeeper
  /// See ``GatewayAccess/administrator``.
  let administrator: KeyRecord?
  /// Reloads, and new lists of servers.
  let changes = JobQueue()
  /// See ``Intervals/lastWords``.
  private let lastWordsTime: Duration

  /// As long the start and a reload wait for names that DNS is to tell the servers of.
  static let discoveryTime = Duration.seconds(5)

  /// As long a stop waits for what is not stored yet.
  private static let storeTime = Duration.seconds(5)

  /// The group that may open the gateway's UNIX sockets, and whose members are believed there: see `packaging/sysusers.conf`.
  static let socketGroup = "ollama-gateway"

  /// What keeps the gateway from starting, in one line.
  public struct StartFailure: Error, CustomStringConvertible {
    /// For people, on one line.
    public let description: String
    /// Whether another start would fail in the same way, until somebody has done something.
    public var isLasting = false
  }

  /// Starts the gateway: when it comes back, every worker takes connections.
  ///
  /// - Parameter passed: descriptors of sockets that listen already, which the gateway takes over. An address of the
  ///   configuration at which one of them listens is not listened at twice.
  public convenience init(
    configuration: Configuration, passed: [Int32], accessLog: AccessLog, logger: Logger
  ) async throws(StartFailure) {
    try await self.init(
      configuration: configuration, passed: passed, intervals: Intervals(), accessLog: accessLog,
      logger: logger)
  }

  init(
    configuration: Configuration, passed: [Int32] = [], intervals: Intervals, accessLog: AccessLog,
    logger: Logger, discovery: ServerDiscovery? = nil
  ) async throws(StartFailure) {
    // A peer that has gone is told by the write's result.
    signal(SIGPIPE, SIG_IGN)
    let discovery = discovery ?? ServerDiscovery(logger: logger)
    self.discovery = discovery
    let servers: [UpstreamServer]
    do {
      servers = try await discovery.use(configuration.servers, within: Gateway.discoveryTime)
    } catch {
      discovery.stop()
      throw StartFailure(description: "\(error)")
    }
    let opened: GatewayStore
    let access: GatewayAccess
    do throws(StartFailure) {
      (opened, access) = try await Gateway.openStore(configuration, logger: logger)
    } catch {
      discovery.stop()
      throw error
    }
    let issuer: Issuer?
    do throws(ConfigurationError) {
      issuer = try GatewayAccess.issuer(
        configuration, patience: intervals.issuerPatience, logger: logger)
    } catch {
      discovery.stop()
      await opened.storage?.close(within: .zero)
      throw StartFailure(description: "\(error)", isLasting: true)
    }
    lastWordsTime = intervals.lastWords
    keeper = access.keeper
    administrator = access.administrator
    services = Services(
      configuration: configuration, servers: servers, storage: opened.storage,
      credentialKey: opened.credentialKey, access: access.control, lookAtKeys: access.look,
      ownTokens: access.tokens, storeUse: access.storeUse,
      issuer: issuer, makeUser: access.makeUser,
      intervals: intervals, connections: SocketDirectory(), accessLog: accessLog, logger: logger)
    access.keeper.use(services.registry)
    // Before anybody is let in: what was ordered while no gateway ran, or by the one before.
    await services.registry.carryOutAdoptions()
    do throws(StartFailure) {
      sockets = try Gateway.listen(configuration.listen, passed: passed)
    } catch {
      discovery.stop()
      await opened.storage?.close(within: .zero)
      throw error
    }
    addresses = sockets.map { "\($0.address)" }
    let settings = LiveSettings(configuration, servers: servers, listening: sockets.map(\.address))
    live = Lock(settings)
    // One, so that all who send passwords have one core together.
    let passwords = PasswordChecker(cost: intervals.passwordCost ?? PasswordHash.cost)
    do throws(SystemCallError) {
      workers = try await Gateway.startWorkers(
        services, settings,
        Administration(access.control, access.keeper, AuditLog(logger), passwords),
        SignInDesk(
          access.control, access.keeper, access.signIns, access.tokens, passwords, AuditLog(logger)),
        listening: sockets)
    } catch {
      discovery.stop()
      for socket in sockets { socket.close() }
      await opened.storage?.close(within: .zero)
      throw StartFailure(description: "cannot start: \(error)")
    }
    keeper.use(digests: LoggedDigests(services.upstreams, look: services.lookAtSoleServer).digests)
    await services.registry.startRetention()
    discovery.onChange { [weak self] in
      Task { await self?.followDiscovery() }
    }
    // What was found meanwhile.
    await followDiscovery()
  }

  /// Opens the store, and reads who may come in: a store that cannot be read lets nobody in, and not everybody.
  private static func openStore(
    _ configuration: Configuration, logger: Logger
  ) async throws(StartFailure) -> (GatewayStore, GatewayAccess) {
    let fileKeys: [KeyRecord]?
    let administrator: AdministratorKey?
    do throws(ConfigurationError) {
      fileKeys = try GatewayAccess.fileKeys(configuration, logger: logger)
      administrator = try GatewayAccess.administratorKey(configuration, logger: logger)
    } catch {
      throw StartFailure(description: "\(error)", isLasting: true)
    }
    var storage: SessionStorage?
    do throws(StoreError) {
      let opened = try await GatewayStore.open(configuration, logger: logger)
      storage = opened.storage
      let access = try await GatewayAccess.open(
        storage, fileKeys: fileKeys, administrator: administrator, logger: logger)
      KeyLog(logger: logger).warn(of: access.control.directory.directory, configuration)
      return (opened, access)
    } catch {
      await storage?.close(within: .zero)
      throw StartFailure(
        description: "store: \(error)", isLasting: error.kind != .away && error.kind != .full)
    }
  }

  /// Stops: takes no more connections, lets running responses end within the drain timeout, ends the rest with an
  /// error each. To be called once, and before the last reference goes.
  public func stop() async {
    services.startDraining()
    discovery.stop()
    await changes.close(within: Gateway.discoveryTime)
    await services.registry.drain(stoppingGenerations: false)
    for worker in workers { await worker.run { $0.drain() } }
    for socket in sockets { socket.close() }
    let limit = live.withLock { $0.configuration.drainTimeout }
    await withTaskGroup(of: Void.self) { group in
      for worker in workers {
        group.addTask { await worker.run { await $0.awaitFirstRequests(atMost: limit) } }
      }
    }
    // A turn that waits behind another would only begin now.
    await services.registry.drain(stoppingGenerations: false)
    await waitUntilIdle(atMost: limit)
    for worker in workers { await worker.run { $0.giveUp() } }
    // Those that nobody listens to.
    await services.registry.drain(stoppingGenerations: true)
    // The last words go out, or the reader is not there any more.
    await waitUntilIdle(atMost: lastWordsTime)
    // And those that are being stored.
    let deadline = MonotonicTime.now + Gateway.storeTime
    while services.registry.currentCounts.runningTurns > 0, MonotonicTime.now < deadline {
      try? await Task.sleep(for: .milliseconds(5))
    }
    await Gateway.end(workers, services)
    await keeper.stop(within: Gateway.storeTime)
    // What was acknowledged is there; what was not has this long.
    await services.storage?.close(within: Gateway.storeTime)
  }

  private func waitUntilIdle(atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      for worker in workers {
        group.addTask { await worker.run { await $0.waitUntilIdle(atMost: limit) } }
      }
    }
  }

  /// - Throws: if one cannot start; then none is left.
  private static func startWorkers(
    _ services: Services, _ settings: LiveSettings, _ administration: Administration, _ desk: SignInDesk,
    listening sockets: [ListeningSocket]
  ) async throws(SystemCallError) -> [LoopBound<Worker>] {
    let documents = DocumentCache()
    let limits = limits(of: settings.configuration, services)
    var workers: [LoopBound<Worker>] = []
    do throws(SystemCallError) {
      for number in 1...settings.configuration.workers {
        let loop = try EventLoop(name: "worker-\(number)")
        do throws(SystemCallError) {
          workers.append(
            try await loop.run { () throws(SystemCallError) in
              let context = try WorkerContext(
                loop: loop, services: services, settings: settings, limits: limits)
              return LoopBound(Worker(context, documents, administration, desk), to: loop)
            })
        } catch {
          loop.shutDown()
          throw error
        }
      }
      var contexts: [LoopBound<WorkerContext>] = []
      for worker in workers {
        contexts.append(await worker.run { LoopBound($0.context, to: $0.context.loop) })
      }
      services.setWorkers(contexts)
      if let first = contexts.first { await first.loop.run { first.value.askIssuer() } }
      services.followAccess()
      for worker in workers {
        try await worker.run { worker throws(SystemCallError) in try worker.listen(on: sockets) }
      }
      return workers
    } catch {
      await end(workers, services)
      throw error
    }
  }

  private static func end(_ workers: [LoopBound<Worker>], _ services: Services) async {
    for worker in workers { await worker.run { $0.close() } }
    // They hold the services.
    services.setWorkers([])
    for worker in workers { worker.loop.shutDown() }
  }

  private static func listen(
    _ addresses: [ListenAddress], passed: [Int32]
  ) throws(StartFailure) -> [ListeningSocket] {
    var sockets: [ListeningSocket] = []
    do throws(ListeningSocket.ListenError) {
      for descriptor in passed { sockets.append(try ListeningSocket(takingOver: descriptor)) }
      let taken = Set(sockets.map(\.address))
      for address in addresses.map(SocketAddress.init) where !taken.contains(address) {
        sockets.append(try ListeningSocket(address, group: Gateway.socketGroup))
      }
    } catch {
      for socket in sockets { socket.close() }
      throw StartFailure(description: error.description)
    }
    return sockets
  }

  private static func limits(of configuration: Configuration, _ services: Services) -> HTTPServerLimits {
    HTTPServerLimits(
      connections: ConnectionBudget(limit: configuration.maxConnections),
      headerBytes: configuration.maxHeaderBytes, headerTimeout: configuration.headerTimeout,
      keepAliveTimeout: configuration.keepAliveTimeout, sendTimeout: configuration.sendTimeout,
      bodyMemory: services.bodyMemory, unsentMemory: services.unsentMemory)
  }
}
