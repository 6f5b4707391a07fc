internal import Access
package import Handling
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

/// What Prometheus reads. Lives on its worker's loop.
package final class MetricsEndpoints: RouteCollection {
  package let context: WorkerContext

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) { self.context = context }

  package var routes: [Route] {
    [
      Route(
        "/metrics",
        .get(
          .scope(.metrics),
          Operation(
            "metrics", .health, "Figures for Prometheus",
            .ok("All of them.", .text("text/plain"), .text("application/openmetrics-text"))),
          task(report)))
    ]
  }

  /// What stands for several servers together.
  private static let allServers = "all"

  /// `GET /metrics`.
  private func report(_ request: GatewayRequest) async {
    let format = MetricsText.Format(accept: request.exchange.request.first("accept"))
    async let process = MetricsEndpoints.processStatistics()
    // Before the question that follows, or that would be among what is under way.
    var states = await MetricsEndpoints.states(of: context.services.allWorkers)
    let isUpstreamUp = await context.upstreams.health().isUp
    if isUpstreamUp && states.contains(where: \.hasUnlistedModels) { await nameModels(in: &states) }
    let services = context.services
    let servers = context.upstreams.servers
    let isSole = servers.entries.count == 1
    let upstream = isSole ? servers.label(of: servers.entries[0]) : MetricsEndpoints.allServers
    let report = MetricsReport(
      workers: states, routes: services.routeNumbers.patterns, keys: services.keyLabels.names,
      upstream: upstream,
      fleet: services.upstreams.view(waiting: 0), isSoleUp: isSole ? isUpstreamUp : nil,
      sessions: services.registry.currentCounts,
      store: StoreReport(services.storage, isForOperator: false), memory: memory(states),
      webSockets: services.connections.counts, process: await process)
    request.respond(
      ServerResponse(
        status: 200, fields: [("Content-Type", format.contentType), ("Cache-Control", "no-store")],
        body: .bytes(await MetricsEndpoints.text(of: report, format))))
  }

  /// Many models make megabytes of it: on no loop.
  @concurrent
  private static func text(of report: MetricsReport, _ format: MetricsText.Format) async -> [UInt8] {
    report.text(format)
  }

  /// Asks Ollama which models it has, and brings the figures of each under the name that it lists.
  private func nameModels(in states: inout [MetricsReport.WorkerState]) async {
    guard let models = try? await context.lists.tags(for: .check) else { return }
    let listed = ListedModels(models.map(\.name))
    for index in states.indices { states[index].figures.label(by: listed) }
    for worker in context.services.allWorkers { await worker.run { $0.metrics.takeList(listed) } }
  }

  /// What is held, without what loops keep in hand.
  private func memory(_ states: [MetricsReport.WorkerState]) -> [MetricsReport.Memory] {
    let services = context.services
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

  private static func states(
    of workers: [LoopBound<WorkerContext>]
  ) async -> [MetricsReport.WorkerState] {
    var states: [MetricsReport.WorkerState] = []
    for worker in workers { states.append(await worker.run { $0.state }) }
    return states
  }

  /// Counting descriptors takes long where there are many: on no loop.
  @concurrent
  private static func processStatistics() async -> ProcessStatistics? { ProcessStatistics.current() }
}

extension WorkerContext {
  fileprivate var state: MetricsReport.WorkerState {
    MetricsReport.WorkerState(
      name: loop.name, figures: metrics.figures, activeRequests: requests.countsByMethod,
      clientConnections: server.connectionCount, upstreamConnections: upstreams.openConnections,
      activeTransfers: upstreams.activeCalls, pausedTransfers: upstreams.pausedCalls,
      longestTick: loop.longestTick(), hasUnlistedModels: metrics.hasUnlistedModels,
      spareMemory: (server.bodyLease.spare, server.unsentLease.spare))
  }
}
