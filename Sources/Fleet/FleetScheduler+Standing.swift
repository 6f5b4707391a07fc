package import System

/// What those who wait are told.
extension FleetScheduler {
  /// Where a waiting request stands; nil for one that does not wait.
  package func standing(of ticket: FleetTicket, at time: MonotonicTime) -> FleetStanding? {
    guard let request = requests.find(ticket), requests[request].phase == .waiting else { return nil }
    var standing: FleetStanding?
    walk(at: time.nanoseconds) { other, make, _ in
      guard other == request else { return true }
      standing = make()
      return false
    }
    return standing
  }

  /// Until one of those that wait is sent, which makes a place for another: for `Retry-After` of a full queue. At least a second.
  ///
  /// - Parameter flow: of which one must be sent: where it is its share that is full; nil for any.
  package mutating func nextPlace(of flow: UInt64? = nil, at time: MonotonicTime) -> Duration {
    let now = time.nanoseconds
    let isMissing = flow.map { vacancies.ofFlows[$0] == nil } ?? false
    if now >= (isMissing ? vacancies.missingUntil : vacancies.validUntil) { findVacancies(at: now) }
    let next = flow.flatMap { vacancies.ofFlows[$0] } ?? vacancies.next
    return Duration(bounded: next == .never ? 1 : max(next.seconds(since: now), 1))
  }

  /// When places become free, as it seems. Those who are refused may be many: all that wait are looked at now and then only.
  struct Vacancies: Sendable {
    var next = Instant.never
    var ofFlows: [UInt64: Instant] = [:]
    var validUntil = Instant.past
    /// Until then a flow that is not among them is not looked for again.
    var missingUntil = Instant.past
  }

  private mutating func findVacancies(at now: Instant) {
    var found = Vacancies()
    walk(at: now) { request, _, expected in
      guard let expected else { return true }
      let at = now.after(expected.seconds)
      found.next = min(found.next, at)
      found.ofFlows[requests[request].flow] = min(found.ofFlows[requests[request].flow] ?? .never, at)
      return true
    }
    found.validUntil = min(now.after(1), max(found.next, now.after(0.02)))
    found.missingUntil = now.after(0.05)
    vacancies = found
  }

  /// Tells those who want it, once a second, as far as it is other than before.
  mutating func tell(at now: Instant, _ actions: inout [FleetAction]) {
    tellDue = .never
    var told: [(request: Int, standing: FleetStanding)] = []
    var isWanted = false
    walk(at: now) { request, make, _ in
      guard requests[request].isTold else { return true }
      isWanted = true
      if now.seconds(since: requests[request].submittedAt) >= seconds.tellAfter {
        told.append((request, make()))
      }
      return true
    }
    for (request, standing) in told {
      let new = (standing.position, standing.seconds ?? -1, standing.reason == .loading)
      guard
        requests[request].told != new || now.seconds(since: requests[request].toldAt) >= Self.tellAgainAfter
      else { continue }
      let old = requests[request].told.position
      if old > new.0 { counters.stepsForward += 1 } else if old > 0, old < new.0 { counters.stepsBack += 1 }
      requests[request].told = new
      requests[request].toldAt = now
      actions.append(.tell(requests.ticket(request), standing))
    }
    if isWanted { tellDue = now.after(1) }
  }

  /// Seconds after which what has not changed is told once more.
  static let tellAgainAfter = 15.0

  /// Those that wait, in the order of their turns, each with what makes its standing and with when it is sent, until `false`.
  func walk(
    at now: Instant, limit: Int = .max, _ body: (Int, () -> FleetStanding, Forecast.Expectation?) -> Bool
  ) {
    // How many come before, by the servers that they could go to.
    var before: [(servers: ServerSet, count: Int)] = []
    var forecast = Forecast()
    var order = FairOrder()
    order.read(requests, limit: limit, patience: seconds.bandPatience, at: now)
    for request in order.requests.lazy.map({ Int($0) }) {
      let servers = eligible(requests[request])
      let expected = forecast.next(request, of: self, at: now)
      let makeStanding = {
        let earlier = before.reduce(0) { $1.servers.intersection(servers).isEmpty ? $0 : $0 + $1.count }
        let loading = expected.flatMap { $0.loading >= 0 ? self.servers[$0.loading].server.id : nil }
        return FleetStanding(
          position: earlier + 1, seconds: expected.map { Self.whole($0.seconds) },
          reason: loading == nil ? .busy : .loading, loading: loading)
      }
      let goesOn = body(request, makeStanding, expected)
      guard goesOn else { return }
      if let group = before.firstIndex(where: { $0.servers == servers }) {
        before[group].count += 1
      } else if before.count < 64 {
        before.append((servers, 1))
      }
    }
  }

  /// Never finer than a second, and never none while one waits.
  private static func whole(_ seconds: Double) -> Int { Int(min(max(seconds.rounded(.up), 1), 1e6)) }
}
