internal import Budgets
internal import Configuration
internal import EventLoop
internal import Logging
internal import Sessions
internal import Telemetry

/// What all workers share from start to end, and where they meet. Safe from any thread.
final class Services: Sendable {
  let routes = RouteTable()
  let registry: SessionRegistry
  let clients: ClientAccounts
  let sockets = SocketDirectory()
  let documents = DocumentCache()
  let intervals: Intervals
  let accessLog: AccessLog
  let logger: Logger
  private let drains = Lock(false)
  private let workers = Lock<[Worker]>([])

  init(configuration: Configuration, intervals: Intervals, accessLog: AccessLog, logger: Logger) {
    self.intervals = intervals
    registry = SessionRegistry(limits: SessionLimits(configuration, intervals))
    // Connections and sessions keep one each.
    clients = ClientAccounts(
      limits: ClientLimits(configuration),
      capacity: configuration.maxConnections + configuration.maxSessions)
    self.accessLog = accessLog
    self.logger = logger
  }

  /// Whether the gateway is going down.
  var isDraining: Bool { drains.withLock { $0 } }

  /// All workers, from the gateway's start to its end.
  var allWorkers: [Worker] { workers.withLock { $0 } }

  func setWorkers(_ workers: [Worker]) { self.workers.withLock { $0 = workers } }

  func startDraining() { drains.withLock { $0 = true } }
}

extension ClientLimits {
  init(_ configuration: Configuration) {
    self.init()
    connections = ClientLimits.share(of: configuration.maxConnections)
    sessions = ClientLimits.share(of: configuration.maxSessions)
  }
}

extension SessionLimits {
  init(_ configuration: Configuration, _ intervals: Intervals) {
    self.init()
    sessions = configuration.maxSessions
    timeToLive = configuration.sessionTTL
    contextMessages = configuration.contextMessages
    contextBytes = configuration.contextBytes
    grace = configuration.sessionGrace
    retention = intervals.retention
  }
}
