package import Access
package import Accounts
package import Budgets
package import Configuration
package import EventLoop
package import Issuers
package import JSONWebToken
package import Logging
package import Sessions
package import System
package import Telemetry
package import Upstreams

/// What all workers share from start to end, and where they meet. Safe from any thread.
package final class Services: Sendable {
  /// What logs and metrics call routes.
  package let routeNumbers = RouteNumbers()
  /// All chat sessions.
  package let registry: SessionRegistry
  /// What keeps them beyond the process; nil where nothing does.
  package let storage: SessionStorage?
  /// What each client holds.
  package let clients: ClientAccounts
  /// Of WebSockets, from their handshakes on.
  package let webSockets: TablePlaces
  /// Of generations of the chat API that run or wait for their turn.
  package let turns: TablePlaces
  /// Of requests that go to several servers at once, each with a connection to every one of them.
  package let orders = TablePlaces(limit: DescriptorNeed.orders)
  /// For bodies of requests.
  package let bodyMemory: MemoryBudget
  /// For what waits to be sent, and for turns that run or wait.
  package let unsentMemory: MemoryBudget
  /// For the images of sessions.
  package let imageMemory = MemoryBudget(
    .images, limit: MemoryNeed.images, leastShare: SessionLimits.imageBytes)
  /// The open WebSockets.
  package let connections: any ConnectionDirectory
  /// Names this start of the gateway, for clients that come back: what waited for its turn at an earlier one is not here.
  package let instance = SessionID.random().description
  /// When the gateway began.
  package let startTime = MonotonicTime.now
  /// The contract's times.
  package let intervals: Intervals
  /// A line for each request.
  package let accessLog: AccessLog
  /// For everything else.
  package let logger: Logger
  /// The Ollama behind the gateway, and what is known of it.
  package let upstreams: UpstreamPool
  /// Tells the log of an Ollama that fails, at most now and then.
  package let upstreamWarnings: UpstreamWarnings
  /// By which labels metrics know keys.
  package let keyLabels = KeyLabels()
  /// The keys, and what their holders use.
  package let access: AccessControl
  /// Has the keys of ``access`` read anew where another process has changed them, and comes back then; nil where none can.
  package let lookAtKeys: (@Sendable () async -> Void)?
  /// Knows the tokens of users who have signed in; nil where nobody can.
  package let ownTokens: OwnTokens?
  /// Stores that a sign-in was used, later; nil where nobody can sign in.
  package let storeUse: (@Sendable (SignInID) -> Void)?
  /// Whose tokens are believed; nil: nobody's.
  package let issuer: Issuer?
  /// Makes a user of whom the issuer knows; nil where none can be made.
  package let makeUser: (@Sendable (IssuerUser) async -> Void)?
  /// Wrong keys.
  package let guesses = Guesses()
  /// Finds out who asks without a key.
  package let authenticator: Authenticator
  private let drains = Lock(false)
  private let workers = Lock<[LoopBound<WorkerContext>]>([])

  /// Bytes that one response may hold: a session's whole history.
  private static let largestResponse = 8 << 20

  /// - Parameters:
  ///   - configuration: of the start; bounds are not changed by a reload.
  ///   - servers: those that are there at the start.
  ///   - storage: what keeps the sessions; nil where nothing does.
  ///   - credentialKey: what credentials are sealed with, where they outlive the process.
  ///   - access: the keys, and what their holders use.
  ///   - lookAtKeys: see ``lookAtKeys``.
  ///   - ownTokens: see ``ownTokens``.
  ///   - storeUse: see ``storeUse``.
  ///   - issuer: see ``issuer``.
  ///   - makeUser: see ``makeUser``.
  ///   - connections: made by who enters them.
  package init(
    configuration: Configuration, servers: [UpstreamServer], storage: SessionStorage? = nil,
    credentialKey: [UInt8]? = nil, access: AccessControl = AccessControl(),
    lookAtKeys: (@Sendable () async -> Void)? = nil, ownTokens: OwnTokens? = nil,
    storeUse: (@Sendable (SignInID) -> Void)? = nil, issuer: Issuer? = nil,
    makeUser: (@Sendable (IssuerUser) async -> Void)? = nil, intervals: Intervals,
    connections: any ConnectionDirectory, accessLog: AccessLog, logger: Logger
  ) {
    self.access = access
    self.lookAtKeys = lookAtKeys
    self.issuer = issuer
    self.makeUser = makeUser
    self.ownTokens = ownTokens
    self.storeUse = storeUse
    self.connections = connections
    self.intervals = intervals
    bodyMemory = MemoryBudget(
      .bodies, limit: MemoryNeed.bodies(configuration), leastShare: configuration.maxBodyBytes)
    unsentMemory = MemoryBudget(
      .unsent, limit: configuration.maxUnsentBytes, leastShare: Services.largestResponse)
    var limits = SessionLimits(configuration, intervals)
    limits.memory = unsentMemory
    limits.imageMemory = imageMemory
    self.storage = storage
    registry = SessionRegistry(limits: limits, storage: storage)
    // Each connection, session and turn may keep one.
    clients = ClientAccounts(
      limits: ClientLimits(configuration),
      capacity: configuration.maxConnections + SessionLimits.tableSize(configuration) + configuration.maxTurns
    )
    webSockets = TablePlaces(limit: min(configuration.maxWebSockets, configuration.maxConnections))
    turns = TablePlaces(limit: configuration.maxTurns)
    authenticator = Authenticator(sharesSessions: configuration.sharedSessions, key: credentialKey)
    self.accessLog = accessLog
    self.logger = logger
    upstreams = UpstreamPool(servers)
    upstreams.useQueue(
      configuration.queue, waitLimit: configuration.queueTimeout, fitsContext: configuration.context == .fit)
    upstreamWarnings = UpstreamWarnings(logger: logger)
  }

  /// A place for a WebSocket of the client, until the last reference goes.
  ///
  /// - Throws: 429 when the client has its share, 503 when there are as many as may be.
  package func takeWebSocket(of account: ClientAccount?) throws(RequestFailure) -> TablePlace {
    try take(.webSocket, of: account, in: webSockets, "\(webSockets.limit) WebSockets are open.")
  }

  /// The same for a turn.
  package func takeTurn(of account: ClientAccount?) throws(RequestFailure) -> TablePlace {
    try take(.turn, of: account, in: turns, "\(turns.limit) answers are running or waiting.")
  }

  /// The same for a request that goes to several servers at once.
  ///
  /// - Throws: 503 when there are as many as may be.
  package func takeOrder() throws(RequestFailure) -> TablePlace {
    do throws(TableRefusal) {
      return try orders.take()
    } catch {
      throw RequestFailure(
        503, "\(orders.limit) requests to several Ollama servers are under way.",
        headerFields: [("Retry-After", "5")])
    }
  }

  private func take(
    _ resource: ClientResource, of account: ClientAccount?, in table: TablePlaces, _ whenFull: String
  ) throws(RequestFailure) -> TablePlace {
    do throws(TableRefusal) {
      return try table.take(resource, of: account)
    } catch {
      switch error {
      case .overShare: throw .overShare(resource, clients.limits)
      case .tableIsFull: throw RequestFailure(503, whenFull, headerFields: [("Retry-After", "5")])
      }
    }
  }

  /// Whether the gateway is going down.
  package var isDraining: Bool { drains.withLock { $0 } }

  /// All workers, from the gateway's start to its end.
  package var allWorkers: [LoopBound<WorkerContext>] { workers.withLock { $0 } }

  /// Says which workers there are: once they all are made, and with none when they have ended.
  package func setWorkers(_ workers: [LoopBound<WorkerContext>]) { self.workers.withLock { $0 = workers } }

  /// From now on a change of the keys ends at once what goes on for whom it lets in no more.
  package func followAccess() {
    access.observe { [weak self] _ in
      for worker in self?.allWorkers ?? [] { worker.loop.execute { worker.value.accessDidChange() } }
    }
  }

  /// Has the first worker ask the only server what it has.
  ///
  /// - Parameter then: is called when that is over, on no particular thread; never, where the gateway ends meanwhile.
  package func lookAtSoleServer(then: @escaping @Sendable () -> Void) {
    guard let first = allWorkers.first else { return then() }
    first.loop.execute {
      first.loop.startTask {
        _ = await first.value.upstreams.lookAtSoleServer()
        then()
      }
    }
  }

  /// The gateway goes down: ``isDraining`` holds from now on.
  package func startDraining() { drains.withLock { $0 = true } }
}

extension ClientLimits {
  /// A quarter of each table.
  package init(_ configuration: Configuration) {
    self.init()
    connections = ClientLimits.share(of: configuration.maxConnections)
    webSockets = ClientLimits.share(of: min(configuration.maxWebSockets, configuration.maxConnections))
    sessions = ClientLimits.share(of: SessionLimits.tableSize(configuration))
    turns = ClientLimits.share(of: configuration.maxTurns)
  }
}

extension SessionLimits {
  /// How many sessions may be in memory. Of stored ones `max_sessions` bounds those of one owner, and memory has what is in
  /// use.
  static func tableSize(_ configuration: Configuration) -> Int {
    guard !configuration.store.isKept else { return Configuration.memorySessions }
    return configuration.maxSessions ?? Configuration.memorySessions
  }

  /// Those of an operator's settings, and the program's own.
  package init(_ configuration: Configuration, _ intervals: Intervals) {
    self.init(
      sessions: SessionLimits.tableSize(configuration), totalBytes: MemoryNeed.sessions,
      timeToLive: configuration.sessionTTL ?? Configuration.memoryTTL,
      contextMessages: configuration.contextMessages,
      contextBytes: configuration.contextBytes, grace: configuration.sessionGrace,
      retention: intervals.retention)
  }
}
