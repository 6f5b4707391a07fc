internal import EventLoop
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

  /// How long a server among several is waited for.
  package enum Patience {
    /// For ``ServersFetch/patience``.
    case brief
    /// For as long, and then for the first that responds, within the limits of the work.
    case untilOne(after: Duration)
  }

  private let howLong: Patience
  private var entries: [UpstreamServers.Entry] = []
  private var timer: LoopTimer?
  /// Whether the first that responds is enough.
  private var isImpatient = false

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
  package init(_ howLong: Patience = .brief, then: @escaping ([Outcome]) -> Void) {
    self.howLong = howLong
    self.then = then
  }

  deinit {
    // An ended loop has unset it.
    if let timer, timer.isScheduled { timer.cancel() }
  }

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
    self.entries = entries
    var limitOfEach: Duration?
    if entries.count > 1 {
      switch howLong {
      case .brief: limitOfEach = ServersFetch.patience
      case .untilOne(let patience):
        timer = upstreams.loop.makeTimer { [unowned self] in losePatience() }
        timer?.schedule(after: patience)
      }
    }
    for (place, entry) in entries.enumerated() {
      let request = UpstreamRequest("GET", path, work: work, limit: limitOfEach)
      calls.append(
        upstreams.collect(request, at: entry.server, limit: limit) { [weak self] outcome in
          self?.take((entry, outcome), place)
        })
    }
  }

  /// Ends it, and nothing is called.
  package func cancel() {
    if let timer, timer.isScheduled { timer.cancel() }
    for call in calls { call.cancel() }
    calls = []
  }

  private func take(_ outcome: Outcome, _ place: Int) {
    outcomes[place] = outcome
    open -= 1
    if open == 0 || isImpatient && outcome.outcome.hasResponse { end() }
  }

  private func losePatience() {
    isImpatient = true
    if outcomes.contains(where: { $0?.outcome.hasResponse == true }) { end() }
  }

  private func end() {
    cancel()
    let all = zip(entries, outcomes).map { $1 ?? ($0, .failure(.transfer(.firstByteTimeout))) }
    open = 0
    then(all)
  }
}

extension Result<UpstreamResponse, UpstreamFailure> {
  fileprivate var hasResponse: Bool { if case .success = self { true } else { false } }
}
