package import System
package import Access
internal import Configuration
package import EventLoop
internal import HTTPClient
package import HTTPServer
internal import Issuers
package import JSON
package import Upstreams

/// What the handlers of one worker have: its loop, and what lives on it. Whatever it holds stays there.
package final class WorkerContext {
  /// On which all of it lives.
  package let loop: EventLoop
  /// What all workers share.
  package let services: Services
  /// Replaced by a reload.
  package private(set) var settings: LiveSettings
  /// The clients' connections.
  package let server: HTTPServer
  /// The way to Ollama.
  package let upstreams: UpstreamClient
  /// Reads the bodies of requests and of Ollama's responses; one after the other, as everything here.
  package let reader: JSONReader
  /// What this worker counts.
  package let metrics = WorkerMetrics()
  /// Knows which models may not be used where those of the cloud may not.
  package let modelSources: ModelSources
  /// The lists of models, of all servers as one.
  package let lists: MergedLists
  /// Counts what the models do for those who have keys or limits.
  package let meter: WorkMeter
  /// Lets callers in by who they are.
  package let doorkeeper: Doorkeeper
  /// What ends where its caller is let in no more.
  package let accessWatch: AccessWatch
  /// The requests under way.
  package let requests = RequestList()

  /// A response of Ollama's is read up to this many bytes, however little clients may send.
  private static let ollamaLimit = 16 << 20

  /// On `loop`'s thread.
  ///
  /// - Throws: if the process has no descriptors or memory left.
  package init(
    loop: EventLoop, services: Services, settings: LiveSettings, limits: HTTPServerLimits
  ) throws(SystemCallError) {
    self.loop = loop
    self.services = services
    self.settings = settings
    server = try HTTPServer(loop: loop, limits: limits)
    reader = JSONReader(maximumBytes: max(settings.configuration.maxBodyBytes, WorkerContext.ollamaLimit))
    upstreams = UpstreamClient(
      http: HTTPClient(loop: loop), pool: services.upstreams, timeouts: settings.upstreamTimeouts,
      reader: reader,
      observer: metrics, warnings: services.upstreamWarnings)
    upstreams.tellsNames = settings.configuration.serverNames
    doorkeeper = Doorkeeper(
      services.access, services.authenticator, services.guesses, settings,
      ownTokens: services.ownTokens, storeUse: services.storeUse,
      issuer: services.issuer, makeUser: services.makeUser)
    accessWatch = AccessWatch(doorkeeper, on: loop)
    modelSources = ModelSources(upstreams, reader: reader, patience: services.intervals.modelsPatience)
    lists = MergedLists(upstreams, reader: reader, logger: services.logger)
    lists.use(settings.aliases)
    meter = WorkMeter(services.access, labels: services.keyLabels, metrics: metrics, on: loop) {
      [pool = services.upstreams] in pool.currentDigest(of: $0)
    }
    meter.anonymousLimits = settings.configuration.anonymous
    meter.keepsLog = settings.configuration.usageLog
  }

  /// By which the issuer is asked, where this worker does that.
  private var issuerClient: HTTPClient?

  /// From now on the issuer is asked by this worker.
  package func askIssuer() {
    guard let issuer = services.issuer, issuerClient == nil else { return }
    let client = HTTPClient(loop: loop)
    issuerClient = client
    issuer.use(LoopBound(client, to: loop))
  }

  /// What stands for the servers where one name is wanted: the URL of the only one, or the name of the first.
  package var upstreamName: String {
    let entries = upstreams.servers.entries
    guard let first = entries.first else { return "" }
    return entries.count == 1 ? first.server.url : first.name
  }

  /// Who asks: whatever is done with sessions is done as this principal.
  package func principal(of request: GatewayRequest) -> Principal {
    request.principal(by: services.authenticator, doorkeeper)
  }

  /// What the caller of a request may do.
  package func scopes(of request: GatewayRequest) -> Scopes {
    request.principal?.scopes ?? doorkeeper.scopesWithoutKey(isOnThisMachine: false)
  }

  /// Keys have changed: what goes on for whom they let in no more ends.
  package func accessDidChange() { accessWatch.look() }

  /// From now on other settings hold, and calls go to these servers.
  package func reload(_ settings: LiveSettings, _ servers: UpstreamServers) {
    self.settings = settings
    meter.anonymousLimits = settings.configuration.anonymous
    meter.keepsLog = settings.configuration.usageLog
    doorkeeper.reload(settings)
    accessWatch.look()
    upstreams.timeouts = settings.upstreamTimeouts
    upstreams.tellsNames = settings.configuration.serverNames
    // Together: what is known of one server's models lets no call go to another.
    upstreams.servers = servers
    lists.use(settings.aliases)
    modelSources.serversDidChange()
    let configuration = settings.configuration
    server.setTimeouts(
      header: configuration.headerTimeout, send: configuration.sendTimeout,
      keepAlive: configuration.keepAliveTimeout)
  }

  /// Ends everything at once.
  package func close() {
    if let issuerClient {
      services.issuer?.use(nil)
      issuerClient.close()
    }
    server.close()
    meter.close()
    accessWatch.close()
    modelSources.close()
    upstreams.close()
  }
}
