internal import HTTPClient
package import Upstreams

/// Asks servers for the same at once. Lives on its worker's loop.
package final class ServersFetch {
  /// What one of them has responded.
  package typealias Outcome = (
    entry: UpstreamServers.Entry, outcome: Result<UpstreamResponse, UpstreamFailure>
  )

  private var calls: [UpstreamCall] = []
  private var open = 0
  private var outcomes: [Outcome?] = []
  private let then: ([Outcome]) -> Void

  /// A server among several is waited for no longer.
  package static let patience = Duration.seconds(2)

  /// Bytes of all responses together, which are held until the last has come; and of each, however many servers there are.
  private static let wholeLimit = 64 << 20
  private static let leastLimit = 512 << 10

  /// Bytes of the response of one of so many servers.
  ///
  /// - Parameter most: however few they are.
  package static func limit(_ most: Int, of servers: Int) -> Int {
    max(min(most, wholeLimit / max(servers, 1)), leastLimit)
  }

  /// - Parameter then: is called once, perhaps at once, unless it is cancelled, with what came of each in the servers' order.
  package init(then: @escaping ([Outcome]) -> Void) { self.then = then }

  /// - Parameters:
  ///   - path: what they are asked for.
  ///   - limit: bytes of a response.
  package func start(
    _ path: String, of entries: [UpstreamServers.Entry], by upstreams: UpstreamClient, for work: UpstreamWork,
    limit: Int
  ) {
    guard !entries.isEmpty else { return then([]) }
    open = entries.count
    outcomes = Array(repeating: nil, count: entries.count)
    let patience = entries.count > 1 ? ServersFetch.patience : nil
    for (place, entry) in entries.enumerated() {
      let request = UpstreamRequest("GET", path, work: work, limit: patience)
      calls.append(
        upstreams.collect(request, at: entry.server, limit: limit) { [weak self] outcome in
          self?.take((entry, outcome), place)
        })
    }
  }

  /// Ends it, and nothing is called.
  package func cancel() {
    for call in calls { call.cancel() }
    calls = []
  }

  private func take(_ outcome: Outcome, _ place: Int) {
    outcomes[place] = outcome
    open -= 1
    if open == 0 { then(outcomes.compactMap { $0 }) }
  }
}
