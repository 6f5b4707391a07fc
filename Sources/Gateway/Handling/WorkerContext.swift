internal import System
internal import Access
internal import Configuration
internal import EventLoop
internal import HTTPClient
internal import HTTPServer
internal import JSON

/// What the handlers of one worker have: its loop, and what lives on it. Whatever it holds stays there.
final class WorkerContext {
  let loop: EventLoop
  /// What all workers share.
  let services: Services
  /// Replaced by a reload.
  private(set) var settings: LiveSettings
  let server: HTTPServer
  let client: HTTPClient
  /// Reads the bodies of requests and what Ollama answers; one after the other, as everything here.
  let reader: JSONReader
  let metrics = WorkerMetrics()
  let modelSources: ModelSources
  let requests = RequestList()

  /// What Ollama answers is read up to this many bytes, however little clients may send.
  private static let ollamaLimit = 16 << 20

  /// On `loop`'s thread.
  ///
  /// - Throws: if the process has no descriptors or memory left.
  init(
    loop: EventLoop, services: Services, settings: LiveSettings, limits: HTTPServerLimits
  ) throws(SystemCallError) {
    self.loop = loop
    self.services = services
    self.settings = settings
    server = try HTTPServer(loop: loop, limits: limits)
    client = HTTPClient(loop: loop)
    reader = JSONReader(maximumBytes: max(settings.configuration.maxBodyBytes, WorkerContext.ollamaLimit))
    modelSources = ModelSources(
      client: client, reader: reader, changes: services.modelChanges, settings: settings)
  }

  /// Who asks: whatever is done with sessions is done as this principal.
  func principal(of request: GatewayRequest) -> Principal { request.principal(by: services.authenticator) }

  /// From now on other settings hold.
  func reload(_ settings: LiveSettings) {
    self.settings = settings
    modelSources.reload(settings)
    let configuration = settings.configuration
    server.setTimeouts(
      header: configuration.headerTimeout, send: configuration.sendTimeout,
      keepAlive: configuration.keepAliveTimeout)
  }

  /// Ends everything at once.
  func close() {
    server.close()
    modelSources.close()
    client.close()
  }
}
