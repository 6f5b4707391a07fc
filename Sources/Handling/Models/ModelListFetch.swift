internal import Upstreams

/// Asks all servers for their lists of models at once. Lives on its worker's loop.
final class ModelListFetch {
  typealias Outcome = (entry: UpstreamServers.Entry, outcome: Result<UpstreamResponse, UpstreamFailure>)

  private var calls: [UpstreamCall] = []
  private var open = 0
  private var outcomes: [Outcome] = []
  private let then: ([Outcome]) -> Void

  /// A server among several is waited for no longer.
  private static let patience = Duration.seconds(2)

  /// - Parameter then: is called once, unless it is cancelled.
  init(then: @escaping ([Outcome]) -> Void) { self.then = then }

  /// - Parameter limit: bytes of a list.
  func start(by upstreams: UpstreamClient, limit: Int) {
    let entries = upstreams.servers.entries
    open = entries.count
    let patience = entries.count > 1 ? ModelListFetch.patience : nil
    for entry in entries {
      let request = UpstreamRequest("GET", "/api/tags", work: .lookup, limit: patience)
      calls.append(
        upstreams.collect(request, at: entry.server, limit: limit) { [weak self] outcome in
          self?.take((entry, outcome))
        })
    }
  }

  func cancel() {
    for call in calls { call.cancel() }
    calls = []
  }

  private func take(_ outcome: Outcome) {
    outcomes.append(outcome)
    open -= 1
    if open == 0 { then(outcomes) }
  }
}
