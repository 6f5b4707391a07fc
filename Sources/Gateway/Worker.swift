internal import Access
internal import Budgets
internal import Configuration
internal import EventLoop
internal import HTTPClient
internal import HTTPServer
internal import JSON
internal import System

/// One thread that serves requests: an actor on an event loop, with a server for the clients and a client for
/// Ollama. Whatever it holds stays on that loop.
actor Worker {
  nonisolated let loop: EventLoop
  nonisolated let services: Services
  /// Replaced by a reload.
  private(set) var settings: LiveSettings
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// Reads the bodies of requests and what Ollama answers; one after the other, as everything here.
  let reader: JSONReader
  let metrics = WorkerMetrics()
  let modelNames = ModelNames()
  private(set) var client: HTTPClient!
  private(set) var heartbeats: Heartbeats!
  private var server: HTTPServer!
  private var entrance: RequestEntrance?
  private(set) var modelSources: ModelSources!
  private(set) var socketFlusher: SocketFlusher!
  /// Requests that have begun and not ended. Each knows its place here.
  private var active: [GatewayRequest] = []
  /// The last `Host` that was let in, and what it says.
  var lastHost: (value: [UInt8], authority: Authority)?
  private var whenIdle: [CheckedContinuation<Void, Never>] = []

  /// What Ollama answers is read up to this many bytes, however little clients may send.
  private static let ollamaLimit = 16 << 20

  init(name: String, services: Services, settings: LiveSettings) throws(SystemCallError) {
    loop = try EventLoop(name: name)
    self.services = services
    self.settings = settings
    reader = JSONReader(maximumBytes: max(settings.configuration.maxBodyBytes, Worker.ollamaLimit))
  }

  /// Begins to take connections.
  func start(sockets: [ListeningSocket], limits: HTTPServerLimits) throws(SystemCallError) {
    client = HTTPClient(loop: loop)
    modelSources = ModelSources(
      client: client, reader: reader, changes: services.modelChanges, settings: settings)
    heartbeats = Heartbeats(loop: loop, interval: settings.configuration.heartbeat)
    socketFlusher = SocketFlusher(loop: loop)
    let server = try HTTPServer(loop: loop, limits: limits)
    let entrance = RequestEntrance(worker: self, settings: settings)
    server.delegate = entrance
    self.server = server
    self.entrance = entrance
    for socket in sockets { try server.listen(on: socket) }
  }

  /// From now on other settings hold.
  func reload(_ settings: LiveSettings) {
    self.settings = settings
    lastHost = nil
    modelSources?.reload(settings)
    entrance?.settings = settings
    let configuration = settings.configuration
    heartbeats?.interval = configuration.heartbeat
    server?.setTimeouts(
      header: configuration.headerTimeout, send: configuration.sendTimeout,
      keepAlive: configuration.keepAliveTimeout)
  }

  /// Stops taking connections; requests under way go on.
  func drain() {
    server?.drain()
    for request in active { request.drain?() }
  }

  /// Lets clients that have just connected send the request that they connected for: at most a second, or `limit`. Then
  /// idle connections close.
  func awaitFirstRequests(atMost limit: Duration) async {
    let deadline = loop.now + min(limit, .seconds(1))
    while server?.awaitsRequests == true, loop.now < deadline {
      try? await Task.sleep(for: .milliseconds(10))
    }
    server?.closeIdleConnections()
  }

  /// Comes back once no request is under way, or after `limit`.
  func waitUntilIdle(atMost limit: Duration) async {
    guard !active.isEmpty else { return }
    let timer = loop.makeTimer { [unowned self] in assumeIsolated { $0.resumeWaiting() } }
    timer.schedule(after: limit)
    await withCheckedContinuation { whenIdle.append($0) }
    timer.cancel()
  }

  /// Ends what is under way with an error each.
  func giveUp() {
    for request in active { request.giveUp(with: .shuttingDown) }
  }

  /// Ends everything at once.
  func close() {
    server?.close()
    modelSources?.close()
    client?.close()
    heartbeats = nil
    socketFlusher?.close()
    resumeWaiting()
  }

  /// Requests under way.
  var activeCount: Int { active.count }

  /// Requests under way whose response is made piece by piece.
  var streamCount: Int { active.count { $0.exchange.isStreaming } }

  /// Bytes of the process's budgets that the loop keeps in hand.
  var spareMemory: (bodies: Int, unsent: Int) {
    (server?.bodyLease.spare ?? 0, server?.unsentLease.spare ?? 0)
  }

  var clientConnections: Int { server?.connectionCount ?? 0 }

  /// Requests under way, by method.
  var activeRequests: [RequestMethod: Int] {
    active.reduce(into: [:]) { $0[RequestMethod($1.method), default: 0] += 1 }
  }

  func begin(_ request: GatewayRequest) {
    request.place = active.count
    active.append(request)
    serve(request)
  }

  func end(_ request: GatewayRequest) {
    remove(request)
    request.giveUp = nil
    request.drain = nil
    request.connectionHold = nil
    request.modelChange = nil
    request.webSocketPlace = nil
    measure(request)
    log(request)
    if active.isEmpty { resumeWaiting() }
  }

  /// From ``active``, where a refused one never was.
  private func remove(_ request: GatewayRequest) {
    guard let place = request.place else { return }
    request.place = nil
    let last = active.removeLast()
    guard last !== request else { return }
    active[place] = last
    last.place = place
  }

  private func resumeWaiting() {
    for continuation in whenIdle { continuation.resume() }
    whenIdle = []
  }
}
