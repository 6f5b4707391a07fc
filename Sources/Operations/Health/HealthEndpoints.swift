package import Handling
internal import Access
internal import Fleet
internal import System
internal import EventLoop
internal import HTTPFields
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import Upstreams

/// How the gateway and the Ollama behind it are. Lives on its worker's loop.
package final class HealthEndpoints: RouteCollection {
  package let context: WorkerContext

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) { self.context = context }

  package var routes: [Route] {
    [
      Route(
        "/health",
        .get(
          .open,
          Operation(
            "health", .health, "Whether the process serves",
            .ok("It does.", .json("Health", "health.alive"))),
          Handler(reportLife))),
      Route(
        "/health/detailed",
        .get(
          .anyScope,
          Operation(
            "detailedHealth", .health, "The version and each service",
            .ok("In any case: `status` tells.", .json("DetailedHealth", "health.details"))),
          task(reportHealth))),
      Route(
        "/health/ready",
        .get(
          .open,
          Operation(
            "readiness", .health, "Whether requests can be answered",
            details:
              "503 while the gateway goes down, and while it reaches no Ollama. The store does not count: relays need none.",
            .ok("They can.", .json("Readiness", "health.ready"))),
          task(reportReadiness))),
      Route(
        "/api/v1/health",
        .get(
          .anyScope,
          Operation(
            "serviceHealth", .health, "The version, the uptime and each service",
            .ok("In any case: `status` tells.", .json("ServiceHealth", "health.summary"))),
          task(summarize))),
      Route(
        "/api/v1/health/services",
        .get(
          .anyScope,
          Operation(
            "listServices", .health, "How each service is",
            .ok("In any case: `status` tells.", .json("ServiceList", "health.services"))),
          task(listServices))),
      Route(
        "/api/v1/health/services/{name}",
        .get(
          .anyScope,
          Operation(
            "getService", .health, "How one service is",
            details: "`postgres` is there where sessions are stored on a PostgreSQL server.",
            parameters: [
              .path("name", .pattern("^(ollama|postgres)$"), "The service.", example: "ollama")
            ],
            .ok("In any case: `status` tells.", .json("OneService", "health.service"))),
          failures: [404], task(showService))),
    ]
  }

  /// `GET /health`.
  private func reportLife(_ request: GatewayRequest) {
    request.respond { HealthReport.alive(into: &$0) }
  }

  /// `GET /health/detailed`.
  private func reportHealth(_ request: GatewayRequest) async {
    let services = await checkServices()
    // Paths and addresses are for who runs the gateway.
    let store = StoreReport(
      context.services.storage,
      isForOperator: !context.principal(of: request).scopes.isDisjoint(with: [.adminRead, .admin]))
    request.respond { HealthReport.detailed(services, context.upstreams.pool.counts, store, into: &$0) }
  }

  /// `GET /health/ready`.
  private func reportReadiness(_ request: GatewayRequest) async throws(RequestFailure) {
    if context.services.isDraining { throw .shuttingDown }
    if let failure = await context.upstreams.health().failure {
      throw RequestFailure(
        503, "No Ollama can be reached (\(failure)).", headerFields: [("Retry-After", "5")])
    }
    if let counts = context.upstreams.pool.counts, counts.draining == counts.total {
      throw RequestFailure(503, "All Ollama servers are drained.", retryAfter: nil)
    }
    // The question took its time.
    if context.services.isDraining { throw .shuttingDown }
    request.respond { writer in writer.object { $0.member("status", "ready") } }
  }

  /// `GET /api/v1/health`.
  private func summarize(_ request: GatewayRequest) async {
    let services = await checkServices()
    let servers = context.upstreams.pool.counts
    let store = StoreReport(context.services.storage, isForOperator: false)
    let uptime = context.loop.now - context.services.startTime
    request.respond { HealthReport.summary(services, servers, store, uptime: uptime, into: &$0) }
  }

  /// `GET /api/v1/health/services`.
  private func listServices(_ request: GatewayRequest) async {
    let services = await checkServices()
    request.respond { HealthReport.list(services, into: &$0) }
  }

  /// `GET /api/v1/health/services/{name}`.
  private func showService(_ request: GatewayRequest) async throws(RequestFailure) {
    let service: HealthReport.Service
    if request.parameter.hasSameBytes(as: "ollama") {
      service = await checkOllama()
    } else if request.parameter.hasSameBytes(as: "postgres"), let postgres {
      service = postgres
    } else {
      throw RequestFailure(404, "There is no such service.")
    }
    request.respond { HealthReport.encode(service, as: "service", into: &$0) }
  }

  private func checkServices() async -> [HealthReport.Service] {
    let ollama = await checkOllama()
    return [ollama] + [postgres].compactMap { $0 }
  }

  private func checkOllama() async -> HealthReport.Service {
    HealthReport.Service(name: "ollama", isHealthy: await context.upstreams.health().isUp)
  }

  /// By what it has done last: the gateway asks it something each second. Nil where nothing is stored there.
  private var postgres: HealthReport.Service? {
    guard let storage = context.services.storage, storage.store.kind == .postgresql else { return nil }
    return HealthReport.Service(name: "postgres", isHealthy: !storage.figures.isFailing)
  }
}
