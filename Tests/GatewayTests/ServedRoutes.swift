import Configuration
import EventLoop
@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// What the gateway serves, apart from any worker: with handlers that do nothing.
enum ServedRoutes {
  private struct Description: Sendable {
    let pattern: String
    let endpoints:
      [(method: String, rule: RouteRule, operation: Operation, failures: [Int], traits: Handler.Traits)]

    init(_ route: Route) {
      pattern = route.pattern
      endpoints = route.endpoints.map { ($0.method, $0.rule, $0.operation, $0.failures, $0.handler.traits) }
    }
  }

  /// Those of a worker, which a gateway is started for once.
  private static let descriptions = Task {
    let running = try await RunningGateway(ollama: 1) { $0.workers = 1 }
    let descriptions = await running.gateway.workers[0].run { $0.router.routes.map(Description.init) }
    await running.stop()
    return descriptions
  }

  static func all() async throws -> [Route] {
    try await descriptions.value.map { route in
      Route(
        route.pattern,
        route.endpoints.map {
          Endpoint(
            $0.method, $0.rule, $0.operation, failures: $0.failures, Handler(traits: $0.traits) { _ in })
        })
    }
  }

  static func router() async throws -> Router {
    let folders = ["/api/", "/v1/"].map { Folder($0) { _, _ in (.open, Handler { _ in }) } }
    return Router(try await all(), folders: folders, numbers: RouteNumbers())
  }
}
