package import Handling
internal import Fleet
internal import HTTPServer
internal import JSON
internal import Upstreams

/// The Ollama servers behind the gateway and what waits for them, for whoever runs it. Lives on its worker's loop.
package final class ServerEndpoints: RouteCollection {
  package let context: WorkerContext

  /// As many of the requests that wait are shown.
  private static let shownRequests = 100
  /// Bytes of a body that is taken and counts for nothing.
  private static let bodyLimit = 4096

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) { self.context = context }

  package var routes: [Route] {
    [
      Route(
        "/api/v1/admin/servers",
        .get(
          .fleetRead,
          Operation(
            "listServers", .servers, "List the Ollama servers",
            details:
              "For callers on the gateway's own machine. The one server of a gateway that has no other is asked now.",
            .ok("All of them, in the order of the settings.", .json("ServerList", "servers.list"))),
          task(listServers))),
      Route(
        "/api/v1/admin/servers/{name}",
        .get(
          .fleetRead,
          Operation(
            "showServer", .servers, "Show an Ollama server",
            details: "For callers on the gateway's own machine. An only server is asked now.",
            parameters: [.serverName], .ok("The server.", .json("Server", "servers.one"))),
          failures: [404], task(showServer))),
      Route(
        "/api/v1/admin/queue",
        .get(
          .fleetRead,
          Operation(
            "showQueue", .servers, "List the requests that wait for a server",
            details: "For callers on the gateway's own machine.",
            .ok("The first hundred, in the order of their turns.", .json("ServerQueue", "servers.queue"))),
          Handler(showQueue))),
      change("drain", "drainServer", "Give a server nothing new"),
      change("resume", "resumeServer", "Give a server work again"),
    ]
  }

  private func change(_ action: String, _ id: String, _ summary: String) -> Route {
    let isDraining = action == "drain"
    return Route(
      "/api/v1/admin/servers/{name}/\(action)",
      .post(
        .fleetChange,
        Operation(
          id, .servers, summary,
          details: "For callers on the gateway's own machine. "
            + (isDraining
              ? "What it has it finishes. Holds until the gateway ends." : "Harmless where it has work."),
          parameters: [.serverName],
          .ok("The server as it is now.", .json("Server", "servers.one"))),
        failures: [404, 413],
        Handler { [self] request in change(request, isDraining: isDraining) }))
  }

  /// `GET /api/v1/admin/servers`.
  private func listServers(_ request: GatewayRequest) async {
    let isSoleUp = await context.upstreams.lookAtSoleServer()
    let view = context.upstreams.pool.view(waiting: 0, listsModels: true)
    request.respond { ServerReport.list(view, isSoleUp: isSoleUp, into: &$0) }
  }

  /// `GET /api/v1/admin/servers/{name}`.
  private func showServer(_ request: GatewayRequest) async throws(RequestFailure) {
    let isSoleUp = await context.upstreams.lookAtSoleServer()
    let pool = context.upstreams.pool
    let view = pool.view(waiting: 0, listsModels: true)
    guard let entry = pool.server(named: request.parameter),
      let server = view.servers.first(where: { $0.known.id == entry.id })
    else { throw unknownServer }
    request.respond { ServerReport.encode(server, isSoleUp: isSoleUp, into: &$0) }
  }

  /// Who may ask may know the others.
  private var unknownServer: RequestFailure {
    let names = context.upstreams.servers.entries.map(\.name).joined(separator: ", ")
    return RequestFailure(404, "There is no server of this name; there is: \(names)")
  }

  /// `GET /api/v1/admin/queue`.
  private func showQueue(_ request: GatewayRequest) {
    let view = context.upstreams.pool.view(waiting: ServerEndpoints.shownRequests)
    request.respond { ServerReport.queue(view, into: &$0) }
  }

  /// `POST /api/v1/admin/servers/{name}/drain` and `/resume`. Whatever the body says, nothing of it counts.
  private func change(_ request: GatewayRequest, isDraining: Bool) {
    let pool = context.upstreams.pool
    request.exchange.collectBody(limit: ServerEndpoints.bodyLimit) { [self] _ in
      guard let entry = pool.server(named: request.parameter) else { return request.fail(unknownServer) }
      pool.setDraining(isDraining, entry.id)
      let view = pool.view(waiting: 0, listsModels: true)
      guard let server = view.servers.first(where: { $0.known.id == entry.id }) else {
        return request.fail(unknownServer)
      }
      request.respond { ServerReport.encode(server, isSoleUp: nil, into: &$0) }
    }
  }
}

extension Operation.Parameter {
  fileprivate static let serverName = path("name", .text, "The server's name.", example: "gpu1")
}
