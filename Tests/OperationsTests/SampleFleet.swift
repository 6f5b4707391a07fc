import Fleet
import System

@testable import Upstreams

/// Two servers of which one has loaded a model for three requests, one of which waits, and the other is drained.
enum SampleFleet {
  static var view: UpstreamView { make().view }

  static func make() -> (view: UpstreamView, ticket: FleetTicket) {
    let second = { (seconds: Double) in MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }
    var policy = FleetPolicy()
    policy.asksServers = false
    var scheduler = FleetScheduler(policy: policy, seed: 1)
    let ids = [FleetServerID(1), FleetServerID(2)]
    let servers = [
      UpstreamServer(url: "http://10.0.0.7:11434", name: "gpu1"),
      UpstreamServer(url: "http://10.0.0.8:11434"),
    ]
    _ = scheduler.use(zip(servers, ids).map { $0.fleetServer($1) }, at: second(1))
    _ = scheduler.observed(ids[0], .version("0.33.0"), at: second(1))
    for id in ids {
      _ = scheduler.observed(id, .models([FleetListedModel(name: "a:latest", digest: "d1")]), at: second(1))
      _ = scheduler.observed(id, .loaded([]), at: second(1))
    }
    _ = scheduler.drain(ids[1], at: second(1))
    var request = FleetRequest(.generation, model: "a:latest", conversation: 7)
    request.options.contextLength = 8_192
    for action in scheduler.submit(request, at: second(2)).2 {
      guard case .load(let load) = action else { continue }
      _ = scheduler.observed(load.server, .loadEnded(load.id, error: nil), at: second(6))
    }
    // As many as the slots that are known and one to learn more.
    request.conversation = 8
    _ = scheduler.submit(request, at: second(6))
    request.conversation = 9
    let ticket = scheduler.submit(request, at: second(6)).0
    let view = scheduler.view(at: second(8))
    let shown = zip(servers, ids).compactMap { server, id -> UpstreamView.Server? in
      guard let known = view.servers.first(where: { $0.id == id }) else { return nil }
      let name = server.name ?? "server_\(id.number)"
      return UpstreamView.Server(name: name, url: server.url, label: name, known: known)
    }
    return (
      UpstreamView(
        servers: shown, depth: view.depth, depths: view.depths, waiting: view.waiting,
        callers: [ticket: .user("ann")], fairness: view.fairness, counters: view.counters), ticket
    )
  }
}
