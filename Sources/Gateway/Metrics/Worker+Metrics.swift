internal import Budgets
internal import EventLoop
internal import HTTPClient
internal import HTTPFields
internal import HTTPServer
internal import OllamaAPI
internal import Sessions
internal import System
internal import Telemetry
internal import Upstreams

extension Worker {
  /// `GET /metrics`.
  func reportMetrics(_ request: GatewayRequest) async {
    let format = MetricsText.Format(accept: request.exchange.request.first("accept"))
    async let process = Worker.processStatistics()
    // Before the question that follows, or that would be among what is under way.
    var states = await Worker.states(of: services.allWorkers)
    let isUpstreamUp = (try? await ollama.version(timeouts: checkTimeouts)) != nil
    if isUpstreamUp && states.contains(where: \.hasUnlistedModels) { await nameModels(in: &states) }
    let report = MetricsReport(
      workers: states, routes: services.routes, upstream: settings.ollama.url,
      isUpstreamUp: isUpstreamUp, sessions: services.registry.currentCounts, memory: memory(states),
      webSockets: services.sockets.counts, process: await process)
    request.respond(
      ServerResponse(
        status: 200, fields: [("Content-Type", format.contentType), ("Cache-Control", "no-store")],
        body: .bytes(await Worker.text(of: report, format))))
  }

  /// Many models make megabytes of it: on no loop.
  @concurrent
  private static func text(of report: MetricsReport, _ format: MetricsText.Format) async -> [UInt8] {
    report.text(format)
  }

  /// Asks Ollama which models it has, and brings the figures of each under the name that it lists.
  private func nameModels(in states: inout [MetricsReport.WorkerState]) async {
    guard let models = try? await ollama.models(timeouts: checkTimeouts) else { return }
    let listed = ListedModels(models.map(\.name))
    for index in states.indices { states[index].figures.label(by: listed) }
    for worker in services.allWorkers { await worker.takeList(listed) }
  }

  private func takeList(_ models: ListedModels) { metrics.takeList(models) }

  /// Adds a request that is over to the figures.
  func measure(_ request: GatewayRequest) {
    let exchange = request.exchange
    let now = MonotonicTime.now
    metrics.noteRequest(
      WorkerMetrics.RequestSeries(
        method: RequestMethod(request.method), route: request.route,
        status: StatusSeries.of(exchange.status ?? 499)),
      duration: now - exchange.start, sent: exchange.bytesSent, received: exchange.bytesReceived)
    guard let usage = request.usage, let model = request.model else { return }
    metrics.noteGeneration(
      model: model, route: request.route, usage: usage, start: exchange.start,
      firstToken: request.isTokenStream ? exchange.firstByte : nil, end: now)
  }

  private var state: MetricsReport.WorkerState {
    MetricsReport.WorkerState(
      name: loop.name, figures: metrics.figures, activeRequests: activeRequests,
      clientConnections: clientConnections, upstreamConnections: client.openConnections,
      activeTransfers: client.activeTransfers, pausedTransfers: client.pausedTransfers,
      longestTurn: loop.longestTurn(), hasUnlistedModels: metrics.hasUnlistedModels, spareMemory: spareMemory)
  }

  /// What is held, without what loops keep in hand.
  private func memory(_ states: [MetricsReport.WorkerState]) -> [MetricsReport.Memory] {
    let (bodies, unsent) = (services.bodyMemory, services.unsentMemory)
    return [
      MetricsReport.Memory(
        name: "bodies", used: states.reduce(bodies.used) { $0 - $1.spareMemory.bodies }, limit: bodies.limit),
      MetricsReport.Memory(
        name: "unsent", used: states.reduce(unsent.used) { $0 - $1.spareMemory.unsent }, limit: unsent.limit),
      MetricsReport.Memory(
        name: "images", used: services.imageMemory.used, limit: services.imageMemory.limit),
    ]
  }

  private static func states(of workers: [Worker]) async -> [MetricsReport.WorkerState] {
    var states: [MetricsReport.WorkerState] = []
    for worker in workers { states.append(await worker.state) }
    return states
  }

  /// Counting descriptors takes long where there are many: on no loop.
  @concurrent
  private static func processStatistics() async -> ProcessStatistics? { ProcessStatistics.current() }
}
