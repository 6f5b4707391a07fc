internal import Access
internal import Configuration
internal import EventLoop
internal import HTTPClient
internal import Logging
internal import Sessions
internal import Telemetry
internal import Upstreams

/// What all workers share: configuration, policies, the place where they meet. Safe from any thread.
final class Services: Sendable {
  let configuration: Configuration
  let routes = RouteTable()
  let hostPolicy: HostPolicy
  let originPolicy: OriginPolicy
  let trustedProxies: TrustedProxies
  let registry: SessionRegistry
  let sockets = SocketDirectory()
  let ollama: OllamaServer
  let timeouts: TransferTimeouts
  let intervals: Intervals
  let accessLog: AccessLog
  let logger: Logger
  private let drains = Lock(false)

  init(configuration: Configuration, intervals: Intervals, accessLog: AccessLog, logger: Logger) {
    self.configuration = configuration
    self.intervals = intervals
    hostPolicy = HostPolicy(
      listening: configuration.listen.compactMap(\.address), hostname: HostName.current,
      allowed: configuration.allowedHosts)
    originPolicy = OriginPolicy(allowed: configuration.allowedOrigins)
    trustedProxies = TrustedProxies(configuration.trustedProxies)
    registry = SessionRegistry(limits: SessionLimits(configuration, intervals))
    ollama = OllamaServer(url: "\(configuration.ollama)")
    timeouts = TransferTimeouts(
      connect: configuration.connectTimeout, firstByte: configuration.firstByteTimeout,
      idle: configuration.idleTimeout)
    self.accessLog = accessLog
    self.logger = logger
  }

  /// Whether the gateway is going down.
  var isDraining: Bool { drains.withLock { $0 } }

  func startDraining() { drains.withLock { $0 = true } }
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
