internal import Handling
internal import Upstreams
internal import System
internal import EventLoop
internal import HTTPServer

/// One thread that serves requests: an event loop, with a server for the clients, a client for Ollama, and one of each
/// feature. Lives on its loop; other threads reach it by ``LoopBound/run(_:)``.
final class Worker {
  let context: WorkerContext
  let router: Router
  private let admission: Admission
  let collections: [any RouteCollection]
  private let entrance: RequestEntrance

  /// On the thread of the context's loop.
  ///
  /// - Parameter collections: what it serves.
  init(_ context: WorkerContext, serving collections: [any RouteCollection]) {
    self.context = context
    self.collections = collections
    router = Router(
      collections.flatMap(\.routes), folders: collections.flatMap(\.folders),
      numbers: context.services.routeNumbers)
    admission = Admission(context.settings)
    entrance = RequestEntrance(
      context, router, RequestDispatcher(context.services, admission, context.doorkeeper, on: context.loop))
    context.server.delegate = entrance
  }

  private var loop: EventLoop { context.loop }
  private var server: HTTPServer { context.server }

  /// Begins to take connections.
  func listen(on sockets: [ListeningSocket]) throws(SystemCallError) {
    for socket in sockets { try server.listen(on: socket) }
  }

  /// From now on other settings hold.
  func reload(_ settings: LiveSettings, _ servers: UpstreamServers) {
    context.reload(settings, servers)
    admission.reload(settings)
    entrance.settings = settings
    for collection in collections { collection.settingsDidChange() }
  }

  /// Stops taking connections; requests under way go on.
  func drain() {
    server.drain()
    context.requests.forEach { $0.drain?() }
  }

  /// Lets clients that have just connected send the request that they connected for: at most a second, or `limit`. Then
  /// idle connections close.
  func awaitFirstRequests(atMost limit: Duration) async {
    let deadline = loop.now + min(limit, .seconds(1))
    while server.awaitsRequests, loop.now < deadline {
      try? await Task.sleep(for: .milliseconds(10))
    }
    server.closeIdleConnections()
  }

  /// Comes back once no request is under way, or after `limit`.
  func waitUntilIdle(atMost limit: Duration) async {
    await context.requests.waitUntilIdle(on: loop, atMost: limit)
  }

  /// Ends what is under way with an error each.
  func giveUp() {
    context.requests.forEach { $0.giveUp(with: .shuttingDown) }
  }

  /// Ends everything at once.
  func close() {
    context.close()
    for collection in collections { collection.close() }
    context.requests.stopWaiting()
  }
}
